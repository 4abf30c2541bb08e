import { join } from 'node:path'
import { baseIteration, sftIteration } from '../../contract/project.ts'

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
  const iterationDir = (iteration: number): string => join(projectDir, `iter-${iteration}`)
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
    /** A folder a set of settings; of the base (−1), plain SFT (−2) or an iteration. */
    benchmarks: (iteration: number): string => {
      if (iteration === baseIteration) return join(projectDir, 'base', 'benchmarks')
      return join(
        iteration === sftIteration ? join(projectDir, 'sft') : iterationDir(iteration),
        'benchmarks',
      )
    },
    iteration: (iteration: number): IterationLayout => {
      const dir = iterationDir(iteration)
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
