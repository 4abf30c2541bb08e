import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type {
  SampleIteration,
  SampleSetRequest,
  SampleSplit,
  SamplesView,
} from '../../contract/app/samples.ts'
import { EvaluateRequest, FinetuneResult, GatherResult, GenerateRequest } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { baseIteration } from '../../contract/project.ts'
import { pairScoresName, type SampleFiles } from '../../contract/samples-engine.ts'
import { z } from 'zod'
import { fromPortable } from '../loop/portable-paths.ts'
import { readSetup } from '../runs/recorded-json.ts'
import type { ProjectRow } from '../store/project-queries.ts'
import type { Store } from '../store/store.ts'

/** What one iteration has left of its pairs, by the record of its stages. */
export interface IterationSamples {
  iteration: number
  opponentDir: string
  modelDir: string | null // null = not trained yet
  beta: number
  promptFormat: 'chat' | 'official'
  pairs: Record<SampleSplit, { path: string; rows: number } | null>
  answers: Record<SampleSplit, string | null>
  scoresPath: string | null
  evaluated: { dataPath: string; limit: number; maxNewTokens: number }
}

const RecordedRequest = <T extends z.ZodType>(request: T) => z.object({ request })
const Generated = RecordedRequest(z.object({ train: GenerateRequest.pick({ modelDir: true }) }))
const Evaluated = RecordedRequest(EvaluateRequest.pick({ outDir: true, dataPath: true, settings: true }))

/** Iterations whose pairs have been gathered, in order. */
export function iterationSamples(store: Store, project: ProjectRow): IterationSamples[] {
  const run = store.runOf(project.id)
  if (!run) return []
  const setup = readSetup(run.setup, project.dir)
  const stages = store.stages(run.id).filter(({ state }) => state === 'done')
  const recorded = <T>(
    iteration: number,
    name: string,
    column: 'request' | 'result',
    schema: z.ZodType<T>,
  ) => {
    const stage = stages.find((one) => one.iteration === iteration && one.name === name)
    const text = stage?.[column] ?? null
    if (text === null) return null
    const parsed = schema.safeParse(fromPortable(JSON.parse(text), project.dir))
    return parsed.success ? parsed.data : null
  }
  const testPath = store.datasets(project.id).at(-1)?.testPath ?? ''
  const found = setup.plan.iterations.flatMap(({ training }, iteration): IterationSamples[] => {
    const gathered = recorded(iteration, 'gather', 'result', GatherResult)
    const generated = recorded(iteration, 'generate', 'request', Generated)
    if (!gathered || !generated) return []
    const evaluation = recorded(iteration, 'evaluate', 'request', Evaluated)?.request
    const { settings } = evaluation ?? { settings: setup.plan.evaluation }
    const made = (name: string): string | null => {
      const path = evaluation && join(evaluation.outDir, name)
      return path && existsSync(path) ? path : null
    }
    return [
      {
        iteration,
        opponentDir: generated.request.train.modelDir,
        modelDir: recorded(iteration, 'finetune', 'result', FinetuneResult)?.modelDir ?? null,
        beta: training.beta,
        promptFormat: training.promptFormat,
        pairs: {
          train: { path: gathered.trainPath, rows: gathered.train.rows },
          test:
            gathered.testPath === null || gathered.test === null
              ? null
              : { path: gathered.testPath, rows: gathered.test.rows },
        },
        answers: { test: made('answers.jsonl'), train: null },
        scoresPath: made(pairScoresName),
        evaluated: {
          dataPath: evaluation?.dataPath ?? (fromPortable(testPath, project.dir) as string),
          limit: settings.limit,
          maxNewTokens: settings.maxNewTokens,
        },
      },
    ]
  })
  // An iteration's opponent is an earlier one's new model: its answers to the train prompts are that model's.
  return found.map((set) => {
    const next = found.find(
      ({ opponentDir, iteration }) => iteration > set.iteration && opponentDir === set.modelDir,
    )
    return { ...set, answers: { ...set.answers, train: next?.pairs.train?.path ?? null } }
  })
}

/** The same without paths, for the window. */
export function samplesView(store: Store, project: ProjectRow): SamplesView {
  const run = store.runOf(project.id)
  const found = iterationSamples(store, project)
  const baseDir = run && readSetup(run.setup, project.dir).modelDir
  const ofModel = (dir: string): number | null =>
    dir === baseDir ? baseIteration : (found.find(({ modelDir }) => modelDir === dir)?.iteration ?? null)
  return {
    run: run?.id ?? null,
    iterations: found.map(
      ({ iteration, opponentDir, modelDir, beta, pairs, answers, scoresPath }): SampleIteration => ({
        iteration,
        opponent: ofModel(opponentDir),
        beta,
        rows: { test: pairs.test?.rows ?? null, train: pairs.train?.rows ?? null },
        hasModel: modelDir !== null,
        hasAnswers: { test: answers.test !== null, train: answers.train !== null },
        hasScores: { test: scoresPath !== null, train: false },
      }),
    ),
  }
}

/** The iteration and its files. Throws BAD_INPUT where it has no pairs of the split. */
export function sampleSet(
  store: Store,
  project: ProjectRow,
  { iteration, split }: Omit<SampleSetRequest, 'projectId'>,
): { set: IterationSamples; files: SampleFiles } {
  const set = iterationSamples(store, project).find((one) => one.iteration === iteration)
  const pairs = set?.pairs[split]
  if (!set || !pairs) {
    const what = split === 'test' ? 'held-back' : 'training'
    throw new AppError(
      'BAD_INPUT',
      `Expected ${what} pairs of iteration ${iteration}, found none. Choose an iteration that has been generated.`,
      { iteration, split },
    )
  }
  const scoresPath = split === 'test' ? set.scoresPath : null
  return { set, files: { pairsPath: pairs.path, answersPath: set.answers[split], scoresPath } }
}
