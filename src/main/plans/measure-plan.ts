import { setTimeout as pause } from 'node:timers/promises'
import type { ForecastEvent, PlanChoice } from '../../contract/app/plans.ts'
import { AppError } from '../../contract/errors.ts'
import type { ForecastResult } from '../../contract/forecast.ts'
import type { GenerationSettings, TrainingSettings } from '../../contract/settings.ts'
import type { EngineAccess } from '../loop/engine-access.ts'
import { sftSettings } from '../loop/run-sft-comparison.ts'
import { plannedTrainings } from './check-plan.ts'
import type { MeasuredPlan } from './loop-forecast.ts'
import type { PlanBasis } from './plan-basis.ts'
import { generationKey, trainingKey, type ProbeCache } from './probe-cache.ts'

interface Shape {
  generation: GenerationSettings
  training: TrainingSettings
}

const retryMs = 1000

/** What has been measured for a plan before; null where something is missing. */
export function measuredBefore(choice: PlanChoice, basis: PlanBasis, cache: ProbeCache): MeasuredPlan | null {
  const size = cache.size(basis.key)
  const shapes = shapesOf(choice, basis)
  const found = shapes.map(({ generation, training }) => ({
    generation: cache.generation(generationKey(basis.key, generation, training)),
    training: cache.training(trainingKey(basis.key, training)),
  }))
  if (!size || found.some((probe) => !probe.generation || !probe.training)) return null
  const probes = found as MeasuredPlan['iterations']
  const count = choice.plan.iterations.length
  return { size, iterations: probes.slice(0, count), sft: probes[count]?.training ?? null }
}

/**
 * Measures what is not known yet, one probe for each distinct shape: iterations that differ in rates, β or data alone share
 * one. While the engine is at other work it waits. Ends with everything known.
 */
export async function* measurePlan({
  inspector,
  choice,
  basis,
  cache,
  signal,
}: {
  inspector: EngineAccess
  choice: PlanChoice
  basis: PlanBasis
  cache: ProbeCache
  signal: AbortSignal
}): AsyncGenerator<Extract<ForecastEvent, { kind: 'measuring' }>, MeasuredPlan> {
  const shapes = distinctShapes(choice, basis)
  const missing = (): Shape[] =>
    shapes.filter(
      ({ generation, training }) =>
        !cache.size(basis.key) ||
        !cache.generation(generationKey(basis.key, generation, training)) ||
        !cache.training(trainingKey(basis.key, training)),
    )
  const total = missing().length
  for (let [next] = missing(); next; [next] = missing()) {
    const done = total - missing().length
    yield { kind: 'measuring', done, total, waiting: false }
    const measured = await measureShape(inspector, next, basis, cache, signal)
    if (measured) {
      const keys = keysOf(next, basis)
      cache.keep(keys, measured)
    } else {
      yield { kind: 'measuring', done, total, waiting: true }
      await pause(retryMs, undefined, { signal })
    }
  }
  const known = measuredBefore(choice, basis, cache)
  if (known) return known
  throw new AppError('INTERNAL', 'Expected every shape of the plan to be measured, found one that is not.')
}

/** Null: the engine is at another job. */
async function measureShape(
  inspector: EngineAccess,
  { generation, training }: Shape,
  { model, data, key }: PlanBasis,
  cache: ProbeCache,
  signal: AbortSignal,
): Promise<ForecastResult['measured'] | null> {
  const request = {
    modelDir: model.dir,
    dataPath: data.trainPath,
    testPath: data.testRows > 0 ? data.testPath : null,
    generation,
    training,
    known: {
      generation: cache.generation(generationKey(key, generation, training)),
      training: cache.training(trainingKey(key, training)),
    },
  }
  try {
    for await (const event of inspector.stream('forecast', request, { signal }))
      if (event.kind === 'done') return (event as ForecastResult).measured
  } catch (error) {
    if (error instanceof AppError && error.code === 'BUSY') return null
    throw error
  }
  throw new AppError('INTERNAL', 'The engine ended its forecast without a result.')
}

const keysOf = ({ generation, training }: Shape, { key }: PlanBasis) => ({
  basis: key,
  generation: generationKey(key, generation, training),
  training: trainingKey(key, training),
})

/** One an iteration, then that of plain SFT where the plan has it. */
function shapesOf(choice: PlanChoice, { data }: PlanBasis): Shape[] {
  const { plan } = choice
  const { sft } = plannedTrainings(choice, data.trainRows)
  const first = plan.iterations[0]!
  return [
    ...plan.iterations,
    ...(sft
      ? [{ generation: first.generation, training: sftSettings(plan, { steps: sft.steps, rows: sft.pairs }) }]
      : []),
  ]
}

function distinctShapes(choice: PlanChoice, basis: PlanBasis): Shape[] {
  const byKey = Map.groupBy(shapesOf(choice, basis), (shape) => {
    const { generation, training } = keysOf(shape, basis)
    return `${generation} ${training}`
  })
  return [...byKey.values()].map(([shape]) => shape!)
}
