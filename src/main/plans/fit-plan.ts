import type { FittedPreset, PlanChoice } from '../../contract/app/plans.ts'
import { LoopPlan } from '../../contract/loop.ts'
import {
  adapterFor,
  lengthsFor,
  methodFor,
  officialPlan,
  quickLook,
  quickLookPlan,
  workstationPlan,
  type TrainingMethod,
} from '../../contract/presets.ts'
import type { AdapterSettings, TrainingSettings } from '../../contract/settings.ts'
import type { PlanBasis } from './plan-basis.ts'

const defaultIterations = { quick: quickLook.iterations, workstation: 2, official: 4 } as const

/** A preset, fitted to model, data and machine. Null: the preset's own number of iterations, what memory allows. */
export function fitPlan(
  basis: PlanBasis,
  preset: FittedPreset,
  { iterations, method }: { iterations: number | null; method: TrainingMethod | null },
): PlanChoice {
  const count = iterations ?? defaultIterations[preset]
  const adapter = adapterOf(basis, method ?? defaultMethod(basis))
  return preset === 'official'
    ? fittedOfficial(basis, count, adapter)
    : fittedOwn(basis, preset, count, adapter)
}

export const defaultsOf = (basis: PlanBasis, preset: FittedPreset) => ({
  iterations: defaultIterations[preset],
  method: defaultMethod(basis),
})

/** An adapter that is chosen as the start is trained on in the form it has. */
function defaultMethod({ model, memoryBytes }: PlanBasis): TrainingMethod {
  if (model.adapter)
    return ({ f32: 'lora', int8: 'qlora8', int4: 'qlora4' } as const)[model.adapter.baseWeights]
  return methodFor(model.parameters, memoryBytes)
}

function adapterOf({ model }: PlanBasis, method: TrainingMethod): AdapterSettings | null {
  return adapterFor(method, model.adapter ? { rank: model.adapter.rank, alpha: model.adapter.alpha } : {})
}

export function methodOf({ adapter }: Pick<TrainingSettings, 'adapter'>): TrainingMethod {
  return adapter ? ({ f32: 'lora', int8: 'qlora8', int4: 'qlora4' } as const)[adapter.baseWeights] : 'full'
}

function fittedOwn(
  { model, data, rows }: PlanBasis,
  preset: 'quick' | 'workstation',
  iterations: number,
  adapter: AdapterSettings | null,
): PlanChoice {
  const p95 = { prompt: rows.prompt[95]!, answer: rows.answer[95]!, whole: rows.whole[95]! }
  const options = {
    parameters: model.parameters,
    rows: data.trainRows,
    checkable: rows.checkable,
    adapter,
    ...lengthsFor(p95, model.context),
  }
  if (preset === 'workstation') return { plan: workstationPlan({ ...options, iterations }), rowLimit: 0 }
  const plan = quickLookPlan(options)
  const [only] = plan.iterations
  return {
    plan: { ...plan, iterations: Array.from({ length: iterations }, () => only!) },
    rowLimit: data.trainRows > quickLook.rows ? quickLook.rows : 0,
  }
}

const publishedIterations = 4

/** The published run with the model's own prompts; its lengths are cut where the model's context ends. */
function fittedOfficial(
  { model, memoryBytes }: PlanBasis,
  iterations: number,
  adapter: AdapterSettings | null,
): PlanChoice {
  const published = officialPlan({
    iterations: Math.min(iterations, publishedIterations),
    prompts: 'chat',
    microBatch: model.parameters <= 5e8 && memoryBytes >= 16e9 ? 8 : 2, // memory only
    adapter,
  })
  const fitted = published.iterations.map((iteration) => {
    const { generation, training } = iteration
    const maxLength = Math.min(training.maxLength, model.context)
    return {
      ...iteration,
      generation: {
        ...generation,
        maxNewTokens: Math.min(generation.maxNewTokens, Math.floor(model.context / 2)),
      },
      training: { ...training, maxLength, maxPromptLength: Math.floor(maxLength / 2) },
    }
  })
  const last = fitted.at(-1)!
  const more = Array.from({ length: Math.max(0, iterations - fitted.length) }, () => last)
  const { maxNewTokens } = last.generation
  return {
    plan: LoopPlan.parse({
      ...published,
      iterations: [...fitted, ...more],
      evaluation: { ...published.evaluation, maxNewTokens },
    }),
    rowLimit: 0,
  }
}
