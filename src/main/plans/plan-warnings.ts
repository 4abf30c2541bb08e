import type { PlanChoice, PlanPatch, PlanWarning } from '../../contract/app/plans.ts'
import { fitPlan, methodOf } from './fit-plan.ts'
import { shareAbove, type PlanBasis } from './plan-basis.ts'
import { planWords as words } from '../../strings/plan.ts'

/** Up to here the small-model experiments reach (0.34 M, used up to 20 M): the presets' "tiny". */
const tinyParameters = 2e7
/** The largest β that any source but the paper's fourth iteration reports: 0.3–1 for tiny models, 0.1 for larger ones. */
const largestUsualBeta = 1

/**
 * What a measurement or a published source speaks against, with a way out. Nothing is said of values that are merely
 * unusual: only where numbers exist.
 */
export function planWarnings(choice: PlanChoice, basis: PlanBasis): PlanWarning[] {
  const fitted = fitPlan(basis, 'workstation', {
    iterations: choice.plan.iterations.length,
    method: methodOf(choice.plan.iterations[0]!.training),
  })
  return [
    ...betaWarnings(choice),
    ...temperatureWarning(choice, basis, fitted),
    ...anchorWarning(choice, basis, fitted),
    ...adapterRateWarning(choice, basis, fitted),
    ...lengthWarnings(choice, basis),
    ...checkerWarning(choice, basis),
  ]
}

const at = (iteration: number, rest: string): string => `plan.iterations.${iteration}.${rest}`

function betaWarnings({ plan }: PlanChoice): PlanWarning[] {
  return plan.iterations.flatMap(({ training: { beta } }, i): PlanWarning[] => {
    if (beta <= largestUsualBeta) return []
    const usual = plan.iterations.findLast(({ training }, j) => j < i && training.beta <= largestUsualBeta)
    const safe = usual?.training.beta ?? 0.1
    const published = beta === 5 && i === 3 ? words.beta.published : ''
    return [
      {
        path: at(i, 'training.beta'),
        title: usual ? words.beta.jump(beta, i, round(beta / safe)) : words.beta.high(beta, i),
        message: published + words.beta.usual,
        fix: { words: words.use(String(safe)), patch: [{ path: at(i, 'training.beta'), value: safe }] },
      },
    ]
  })
}

const round = (value: number): number => Number(value.toPrecision(2))

function temperatureWarning({ plan }: PlanChoice, { model }: PlanBasis, fitted: PlanChoice): PlanWarning[] {
  const cold = plan.iterations.findIndex(({ generation }) => generation.temperature < 1)
  if (cold < 0 || model.parameters > tinyParameters) return []
  const { temperature } = plan.iterations[cold]!.generation
  const better = fitted.plan.iterations[0]!.generation.temperature
  return [
    {
      path: at(cold, 'generation.temperature'),
      title: temperature === 0 ? words.temperature.greedy : words.temperature.cold(temperature),
      message: words.temperature.measured,
      fix: {
        words: words.use(String(better)),
        patch: forAll(plan.iterations.length, 'generation.temperature', () => better),
      },
    },
  ]
}

function anchorWarning({ plan }: PlanChoice, { model }: PlanBasis, fitted: PlanChoice): PlanWarning[] {
  const loose = plan.iterations.findIndex(
    ({ training }) => training.nllWeight === 0 && training.objective === 'spin',
  )
  if (loose < 0 || model.parameters > tinyParameters) return []
  const better = fitted.plan.iterations[0]!.training.nllWeight
  return [
    {
      path: at(loose, 'training.nllWeight'),
      title: words.anchor.title,
      message: words.anchor.measured,
      fix: {
        words: words.use(String(better)),
        patch: forAll(plan.iterations.length, 'training.nllWeight', () => better),
      },
    },
  ]
}

/** An adapter at the rate of all weights: Biderman et al. 2024 and Schulman et al. 2025 find its optimum ten times higher. */
function adapterRateWarning({ plan }: PlanChoice, basis: PlanBasis, fitted: PlanChoice): PlanWarning[] {
  const { training } = plan.iterations[0]!
  if (!training.adapter) return []
  const full = fitPlan(basis, 'workstation', { iterations: 1, method: 'full' }).plan.iterations[0]!
  const fullRate = full.training.optimizer.lr
  if (training.optimizer.lr > fullRate) return []
  const rateOf = (i: number): number => fitted.plan.iterations[i]!.training.optimizer.lr
  const times = round(rateOf(0) / fullRate)
  return [
    {
      path: at(0, 'training.optimizer.lr'),
      title: words.adapterRate.title,
      message:
        basis.model.parameters > tinyParameters
          ? words.adapterRate.literature(times)
          : words.adapterRate.measured(times),
      fix: {
        words: words.use(rateOf(0).toExponential(1)),
        patch: forAll(plan.iterations.length, 'training.optimizer.lr', rateOf),
      },
    },
  ]
}

function lengthWarnings({ plan }: PlanChoice, { rows, model }: PlanBasis): PlanWarning[] {
  const { generation, training } = plan.iterations[0]!
  const warnings: PlanWarning[] = []
  const capped = shareAbove(rows.answer, generation.maxNewTokens)
  if (capped > 0.1) {
    const better = Math.min(stepUp(rows.answer[95]!), model.context - 1)
    const refused = capped > plan.gates.maxCapped
    warnings.push({
      path: at(0, 'generation.maxNewTokens'),
      title: words.capped.title(capped),
      message: refused ? words.capped.refused(plan.gates.maxCapped) : words.capped.taught,
      fix: {
        words: words.use(String(better)),
        patch: [
          ...forAll(plan.iterations.length, 'generation.maxNewTokens', () => better),
          { path: 'plan.evaluation.maxNewTokens', value: better },
        ],
      },
    })
  }
  const cut = shareAbove(rows.whole, training.maxLength)
  if (cut > 0.1) {
    const better = Math.min(stepUp(rows.whole[95]!), model.context)
    warnings.push({
      path: at(0, 'training.maxLength'),
      title: words.cut.title(cut),
      message: words.cut.lost,
      fix:
        better > training.maxLength
          ? {
              words: words.use(String(better)),
              patch: [
                ...forAll(plan.iterations.length, 'training.maxLength', () => better),
                ...forAll(plan.iterations.length, 'training.maxPromptLength', () => Math.floor(better / 2)),
              ],
            }
          : null,
    })
  }
  return warnings
}

function checkerWarning({ plan }: PlanChoice, { rows }: PlanBasis): PlanWarning[] {
  const { score } = plan.stopRule
  if (rows.checkable || score === 'nll') return []
  return [
    {
      path: 'plan.stopRule.score',
      title: words.unchecked.title,
      message: words.unchecked[score],
      fix: { words: words.unchecked.useNll, patch: [{ path: 'plan.stopRule.score', value: 'nll' }] },
    },
  ]
}

const stepUp = (tokens: number): number => Math.ceil(tokens / 16) * 16

function forAll(iterations: number, rest: string, value: (iteration: number) => number): PlanPatch {
  return Array.from({ length: iterations }, (_, i) => ({ path: at(i, rest), value: value(i) }))
}
