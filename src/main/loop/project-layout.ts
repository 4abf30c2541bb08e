import { join } from 'node:path'

export interface IterationLayout {
  dir: string
  generated: string // loser_0.jsonl … loser_0_test.jsonl … manifest.json
  pairs: string // train_prefs-…, test_prefs-…
  train: string // opponent-logps.parquet, checkpoints, metrics.jsonl
  model: string // the finished Hugging Face folder
  evaluation: string // result.json, answers.jsonl
}

/** Where everything of a project lies. */
export function projectLayout(projectDir: string) {
  return {
    file: join(projectDir, 'project.json'),
    lock: join(projectDir, 'project.lock'),
    data: join(projectDir, 'data'),
    baseEvaluation: join(projectDir, 'base', 'evaluation'),
    sft: {
      train: join(projectDir, 'sft', 'train'),
      model: join(projectDir, 'sft', 'model'),
      evaluation: join(projectDir, 'sft', 'evaluation'),
    },
    iteration: (iteration: number): IterationLayout => {
      const dir = join(projectDir, `iter-${iteration}`)
      const [generated, pairs, train, model, evaluation] = [
        'generated',
        'pairs',
        'train',
        'model',
        'evaluation',
      ].map((n) => join(dir, n)) as [string, string, string, string, string]
      return { dir, generated, pairs, train, model, evaluation }
    },
  }
}
export type ProjectLayout = ReturnType<typeof projectLayout>
