import type { FittedPreset, PlanChoice, PlanDifference, PlanValue } from '../../contract/app/plans.ts'
import { defaultsOf, fitPlan, methodOf } from './fit-plan.ts'
import type { PlanBasis } from './plan-basis.ts'

/** How a plan differs from the preset that it names; what all iterations have in common counts once, at "iterations.*". */
export function planDifferences(choice: PlanChoice, basis: PlanBasis): PlanDifference[] {
  const { preset, iterations } = choice.plan
  if (preset === 'custom') return []
  const method = methodOf(iterations[0]!.training)
  const own = defaultsOf(basis, preset satisfies FittedPreset)
  const fitted = fitPlan(basis, preset, { iterations: iterations.length, method })
  const found: PlanDifference[] = []
  if (iterations.length !== own.iterations)
    found.push({ path: 'plan.iterations.length', value: iterations.length, preset: own.iterations })
  if (method !== own.method) found.push({ path: 'method', value: method, preset: own.method })
  const all = leafDifferences(choice, fitted).filter(({ path }) => !isFollowing(choice, path))
  return [...found, ...merged(all, iterations.length)]
}

/** Values that go with another one are no change of their own: the page sets them together. */
function isFollowing({ plan }: PlanChoice, path: string): boolean {
  const { generation } = plan.iterations[0]!
  if (path === 'plan.evaluation.maxNewTokens') return plan.evaluation.maxNewTokens === generation.maxNewTokens
  const [, number, rest] = /^plan\.iterations\.(\d+)\.(.+)$/.exec(path) ?? []
  const training = plan.iterations[Number(number)]?.training
  if (rest === 'training.schedule.scheduleEpochs')
    return training?.schedule.scheduleEpochs === training?.schedule.stopEpoch
  return (
    rest === 'training.maxPromptLength' && training?.maxPromptLength === Math.floor(training!.maxLength / 2)
  )
}

function leafDifferences(value: unknown, preset: unknown, path = ''): PlanDifference[] {
  const [left, right] = [partsOf(value), partsOf(preset)]
  if (left === null || right === null) {
    return Object.is(value, preset) ? [] : [{ path, value: leafOf(value), preset: leafOf(preset) }]
  }
  const keys = new Set([...Object.keys(left), ...Object.keys(right)])
  return [...keys].flatMap((key) =>
    leafDifferences(left[key], right[key], path === '' ? key : `${path}.${key}`),
  )
}

const partsOf = (value: unknown): Record<string, unknown> | null =>
  value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : null

function leafOf(value: unknown): PlanValue {
  if (value === undefined || value === null) return null
  return typeof value === 'object' ? JSON.stringify(value) : (value as PlanValue)
}

const ofIteration = /^plan\.iterations\.\d+\./

function merged(differences: readonly PlanDifference[], iterations: number): PlanDifference[] {
  const groups = Map.groupBy(differences, ({ path, value, preset }) =>
    JSON.stringify([path.replace(ofIteration, 'plan.iterations.*.'), value, preset]),
  )
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (!first || group.length < iterations || !ofIteration.test(first.path)) return group
    return [{ ...first, path: first.path.replace(ofIteration, 'plan.iterations.*.') }]
  })
}
