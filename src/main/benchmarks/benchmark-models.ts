import { existsSync } from 'node:fs'
import type { BenchmarksView } from '../../contract/app/benchmarks.ts'
import { AppError } from '../../contract/errors.ts'
import { baseIteration, sftIteration } from '../../contract/project.ts'
import { modelDirOf, openRecord } from '../results/results.ts'
import type { Store } from '../store/store.ts'

/** The models of a run that can be measured: the base, plain SFT where there is one, the iterations. Throws BAD_INPUT. */
export function benchmarkModels(store: Store, runId: number): BenchmarksView['models'] {
  openRecord(store, runId)
  const made = store
    .iterations(runId)
    .filter(({ iteration, modelDir }) => iteration !== baseIteration && modelDir !== null)
  const sft = store.stage({ runId, iteration: sftIteration, name: 'finetune' })
  const numbers = [
    baseIteration,
    ...(sft?.state === 'done' ? [sftIteration] : []),
    ...made.map(({ iteration }) => iteration),
  ]
  return numbers.map((iteration) => {
    const dir = modelDirOf(store, runId, iteration)
    return { iteration, dir, exists: existsSync(dir) }
  })
}

/** The folder of a model that is there. Throws BAD_INPUT, FILE_NOT_FOUND. */
export function expectModel(store: Store, runId: number, iteration: number): string {
  const dir = modelDirOf(store, runId, iteration)
  if (existsSync(dir)) return dir
  throw new AppError(
    'FILE_NOT_FOUND',
    `Expected the model in ${dir}, found nothing: it was moved or deleted. Measure another, or put it back.`,
    { path: dir },
  )
}
