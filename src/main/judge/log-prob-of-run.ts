import { join } from 'node:path'
import type { LogEvent, PreferenceResult, Progress } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { baseIteration } from '../../contract/project.ts'
import type { EngineAccess } from '../loop/engine-access.ts'
import { fromPortable } from '../loop/portable-paths.ts'
import { modelDirOf, openRecord } from '../results/results.ts'
import { readEvaluation } from '../runs/recorded-json.ts'
import type { Store } from '../store/store.ts'

/**
 * Log-prob preference of an iteration on the greedy answers that the run has evaluated, kept in the project. Throws BAD_INPUT
 * where the base or the iteration was not evaluated, and what the stage throws.
 */
export async function* logProbOfRun(
  { store, evaluator }: { store: Store; evaluator: EngineAccess },
  { runId, iteration }: { runId: number; iteration: number },
  signal: AbortSignal,
): AsyncGenerator<Progress | LogEvent | PreferenceResult> {
  const { row, projectDir, setup } = openRecord(store, runId)
  const evaluations = store.evaluations(runId)
  const answersOf = (of: number): string => {
    const found = evaluations.find((one) => one.iteration === of)
    if (found) return readEvaluation(found.result, projectDir).answersPath
    throw new AppError(
      'BAD_INPUT',
      'Expected evaluated answers of the base and of this model, found none of one of them. Choose an iteration that the run has evaluated.',
      { runId, iteration: of },
    )
  }
  const testPath = store.datasets(row.projectId).at(-1)?.testPath
  if (!testPath)
    throw new AppError('BAD_INPUT', 'The run has no held-out rows, so there is nothing to compare on.')
  const input = {
    baseDir: setup.modelDir,
    modelDir: modelDirOf(store, runId, iteration),
    dataPath: fromPortable(testPath, projectDir) as string,
    answersPath: answersOf(iteration),
    baseAnswersPath: answersOf(baseIteration),
    outDir: join(projectDir, 'judging', `log-prob-of-${iteration}`),
    promptFormat: setup.plan.iterations[0]?.generation.promptFormat ?? 'chat',
  } as const
  yield* evaluator.stream('logProbPreference', input, { signal })
}
