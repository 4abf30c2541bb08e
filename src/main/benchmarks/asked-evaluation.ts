import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchmarkSettings, BenchmarkTaskData } from '../../contract/benchmarks.ts'
import { AppError } from '../../contract/errors.ts'
import { canonicalJson, toPortable } from '../loop/portable-paths.ts'
import { projectLayout } from '../loop/project-layout.ts'
import { openRecord } from '../results/results.ts'
import type { NewBenchmark } from '../store/benchmark-queries.ts'
import type { Store } from '../store/store.ts'
import { expectModel } from './benchmark-models.ts'

export interface AskedEvaluation {
  runId: number
  iteration: number
  settings: BenchmarkSettings
  dataDir: string
  besideRun: boolean
}

/** The record of an evaluation that is asked for. Throws BAD_INPUT, FILE_NOT_FOUND. */
export function askedEvaluation(store: Store, asked: AskedEvaluation, at: number): NewBenchmark {
  const { runId, iteration, settings, dataDir, besideRun } = asked
  const modelDir = expectModel(store, runId, iteration)
  const { projectDir } = openRecord(store, runId)
  const modelSha256 = store.iterations(runId).find((row) => row.iteration === iteration)?.modelSha256 ?? null
  const settingsKey = keyOf({ settings, dataDir, modelSha256 })
  const outDir = join(projectLayout(projectDir).benchmarks(iteration), settingsKey)
  return {
    runId,
    iteration,
    modelDir: toPortable(modelDir, projectDir) as string,
    modelSha256,
    dataDir,
    outDir: toPortable(outDir, projectDir) as string,
    settings: JSON.stringify(toPortable(settings, projectDir)),
    settingsKey,
    besideRun: besideRun ? 1 : 0,
    createdAt: at,
    queuedAt: at,
  }
}

/** Hash of all that decides the scores; of a person's own tasks what their files say, not where they lie. */
function keyOf({
  settings,
  ...rest
}: {
  settings: BenchmarkSettings
  dataDir: string
  modelSha256: string | null
}): string {
  const { taskFiles, tasks, ...others } = settings
  const files = taskFiles.map((path) => sha256(readTaskFile(path))).toSorted()
  return sha256(canonicalJson({ ...rest, ...others, tasks: tasks.toSorted(), files })).slice(0, 16)
}

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex')

function readTaskFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new AppError(
      'FILE_NOT_FOUND',
      `Expected the YAML file of a task at ${path}, and it cannot be read. Choose it again.`,
      { path },
      { cause: error },
    )
  }
}

/** Throws BAD_INPUT for what cannot be measured: an unknown task, one without its rows, chats where the harness had none. */
export function expectMeasurable(settings: BenchmarkSettings, data: readonly BenchmarkTaskData[]): void {
  if (settings.chatTemplate && settings.profile === 'harness-0.4.0')
    throw new AppError(
      'BAD_INPUT',
      'The harness 0.4.0 knew no chat template, so its numbers have none. Leave it out, or choose harness-current.',
    )
  for (const name of settings.tasks) {
    const task = data.find((one) => one.task === name)
    if (!task) {
      const known = data.map((one) => one.task).join(', ')
      throw new AppError(
        'BAD_INPUT',
        `Expected the name of a task, found ${name}. Known: ${known}. For a task of your own give its YAML file too.`,
        { task: name },
      )
    }
    if (task.state === 'missing')
      throw new AppError(
        'BAD_INPUT',
        `${task.title} has no data to be measured with: ${task.problem ?? `expected in ${task.folder}`}`,
        { task: name },
      )
  }
}
