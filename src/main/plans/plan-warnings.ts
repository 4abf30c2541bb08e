import type { PlanChoice, PlanPatch, PlanWarning } from '../../contract/app/plans.ts'
import { fitPlan, methodOf } from './fit-plan.ts'
import { shareAbove, type PlanBasis } from './plan-basis.ts'

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
    const published =
      beta === 5 && i === 3
        ? 'It is the paper’s value for this iteration, with 100,000 rows at 7 B parameters. '
        : ''
    return [
      {
        path: at(i, 'training.beta'),
        title: usual
          ? `β ${beta} in iteration ${i} is ${round(beta / safe)} × iteration ${i - 1}.`
          : `β ${beta} in iteration ${i} is above 1.`,
        message: `${published}Every other source has 0.1 to 1: the higher β, the less the model may leave its opponent.`,
        fix: { words: `Use ${safe}`, patch: [{ path: at(i, 'training.beta'), value: safe }] },
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
      title: `${temperature === 0 ? 'Greedy answers' : `Answers at temperature ${temperature}`} push down what the model does best.`,
      message:
        'Measured with 0.34 M parameters: below temperature 1 valid samples fell from 61% to 34%; above 1 they rose.',
      fix: {
        words: `Use ${better}`,
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
      title: 'No anchor on the human answers.',
      message:
        'Measured with 0.34 M parameters: without it the human answers’ log-prob fell by 1.5 to 8.5 nats and answers stopped ending.',
      fix: {
        words: `Use ${better}`,
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
      title: 'This learning rate is one for all weights.',
      message: `An adapter learns best at about ${times} × that (${basis.model.parameters > tinyParameters ? 'LoRA literature from 0.1 B on' : 'measured on the starter'}).`,
      fix: {
        words: `Use ${rateOf(0).toExponential(1)}`,
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
      title: `${percent(capped)} of the human answers are longer than the answer limit.`,
      message: refused
        ? `If the model’s own are as long, more than ${percent(plan.gates.maxCapped)} are cut off and the run stops before training.`
        : 'Answers that end mid-sentence teach the model to tell length, not quality (seen in the published run).',
      fix: {
        words: `Use ${better}`,
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
      title: `${percent(cut)} of the rows are longer than the longest row.`,
      message: 'They lose the start of their prompt, and where that is not enough the end of both answers.',
      fix:
        better > training.maxLength
          ? {
              words: `Use ${better}`,
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
      title: 'No row says how its answers are checked.',
      message: `So ${score === 'sampled' ? 'a sampled' : 'a greedy'} answer counts as right only where it equals the human one to the letter. Held-out NLL needs no checker.`,
      fix: { words: 'Use held-out NLL', patch: [{ path: 'plan.stopRule.score', value: 'nll' }] },
    },
  ]
}

const stepUp = (tokens: number): number => Math.ceil(tokens / 16) * 16
const percent = (share: number): string => `${Math.round(share * 100)}%`

function forAll(iterations: number, rest: string, value: (iteration: number) => number): PlanPatch {
  return Array.from({ length: iterations }, (_, i) => ({ path: at(i, rest), value: value(i) }))
}
