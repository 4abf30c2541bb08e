import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { EvaluationAnswer, EvaluationResult } from '../../../src/contract/engine.ts'
import { LoopSetup } from '../../../src/contract/project.ts'
import { toPortable } from '../../../src/main/loop/portable-paths.ts'
import { projectLayout } from '../../../src/main/loop/project-layout.ts'
import { openStore } from '../../../src/main/store/store.ts'
import { folderOfTest } from '../../temp-folder.ts'

export const prompts = 60
const samples = 4

/** Of 60 prompts, how many samples of four each model has right: −2 plain SFT, −1 the base, then the iterations. */
export type RightSamples = Record<number, (prompt: number) => number>

/** A finished run as the loop records it: answers on disk, evaluations and models in SQLite. */
export function recordRun(
  right: RightSamples,
  {
    score = 'sampled',
    best = 1,
    home = temporaryHome(),
  }: { score?: string; best?: number; home?: string } = {},
) {
  const store = openStore({ path: join(home, 'app.sqlite') })
  onTestFinished(() => store.close())
  const id = `project-${Math.random()}`
  const dir = join(home, 'projects', id)
  const layout = projectLayout(dir)
  const setup = LoopSetup.parse({
    modelDir: join(home, 'base'),
    data: { kind: 'import', sources: [join(home, 'rows.jsonl')] },
    plan: {
      preset: 'custom',
      stopRule: { score },
      iterations: [0, 1].map(() => ({ generation: {}, training: { optimizer: { lr: 1e-4 }, schedule: {} } })),
    },
  })
  store.saveProject({ id, dir, name: 'Recorded', createdAt: 1, updatedAt: 1 })
  const runId = store.createRun({
    projectId: id,
    setup: JSON.stringify(toPortable(setup, dir)),
    seed: 1,
    createdAt: 1,
  })
  for (const [name, rightSamples] of Object.entries(right)) {
    const iteration = Number(name)
    const evaluationDir = join(dir, `evaluation-of-${iteration}`)
    mkdirSync(evaluationDir, { recursive: true })
    const answersPath = join(evaluationDir, 'answers.jsonl')
    writeFileSync(answersPath, answerLines(rightSamples))
    store.saveEvaluation(runId, iteration, evaluation(rightSamples, iteration, answersPath), 2)
    if (iteration === -2) continue
    const modelDir = iteration < 0 ? setup.modelDir : layout.iteration(iteration).model
    mkdirSync(modelDir, { recursive: true })
    writeFileSync(join(modelDir, 'model.safetensors'), 'x'.repeat(1000))
    store.saveIteration({
      runId,
      iteration,
      state: 'done',
      lr: 1e-4,
      beta: 0.1,
      startDir: null,
      startSha256: null,
      modelDir: toPortable(modelDir, dir) as string,
      modelSha256: 'a'.repeat(64),
      score: 0.5,
      decision:
        iteration < 0
          ? null
          : JSON.stringify({
              action: 'stop',
              best,
              improved: iteration === best,
              gain: 0,
              startFrom: 0,
              reason: `decision of ${iteration}`,
            }),
      updatedAt: 3,
    })
  }
  store.startRun(runId, 1)
  store.finishRun(runId, best, 'done', 4)
  return { store, runId, projectId: id, dir, home, modelDir: setup.modelDir }
}

export function temporaryHome(): string {
  const home = folderOfTest('results')
  return home
}

function answerLines(right: (prompt: number) => number): string {
  const lines = Array.from({ length: prompts }, (_, i) =>
    JSON.stringify(
      EvaluationAnswer.parse({
        id: `row-${i}`,
        prompt: `prompt ${i}`,
        real: 'yes',
        check: i % 2 === 0 ? 'pick:2:a,b' : 'sorted:3',
        greedy: 'yes',
        greedyValid: right(i) >= 2,
        sampled: Array.from({ length: samples }, () => 'yes'),
        sampledValid: Array.from({ length: samples }, (_unused, n) => n < right(i)),
      }),
    ),
  )
  return `${lines.join('\n')}\n`
}

function evaluation(
  right: (prompt: number) => number,
  iteration: number,
  answersPath: string,
): EvaluationResult {
  const rights = Array.from({ length: prompts }, (_, i) => right(i))
  const sampled = rights.reduce((sum, n) => sum + n, 0) / prompts / samples
  const kind = { rows: prompts / 2, greedy: 0, sampled: 0 }
  return EvaluationResult.parse({
    kind: 'done',
    rows: prompts,
    greedy: rights.filter((n) => n >= 2).length / prompts,
    sampled,
    temperature: 1,
    heldOutLoss: null,
    heldOutNll: 2 - sampled - iteration / 100,
    rewardAccuracy: iteration < 0 ? null : 0.7,
    margin: null,
    kl: null,
    meanTokensReal: 3,
    meanTokensGreedy: 3,
    cappedShare: 0,
    byKind: { pick: kind, sorted: kind },
    answersPath,
    seconds: 1,
  })
}
