import type { PlanCheck, PlanChoice, PlannedTraining } from '../../contract/app/plans.ts'
import { stepsOf } from '../../contract/stage-costs.ts'
import { sftSettings } from '../loop/run-sft-comparison.ts'
import { planFactsOf, shareAbove, type PlanBasis } from './plan-basis.ts'
import { planDifferences } from './plan-differences.ts'
import { parseChoice } from './plan-problems.ts'
import { planWarnings } from './plan-warnings.ts'

/** Everything that can be said of a plan without measuring. */
export function checkPlan(edited: { plan: unknown; rowLimit: unknown }, basis: PlanBasis): PlanCheck {
  const { choice, problems } = parseChoice(edited, basis)
  const facts = planFactsOf(basis)
  if (!choice) {
    return {
      problems,
      warnings: [],
      differences: [],
      iterations: [],
      sft: null,
      cappedAnswers: 0,
      cutRows: 0,
      facts,
    }
  }
  const { generation, training } = choice.plan.iterations[0]!
  return {
    problems,
    warnings: planWarnings(choice, basis),
    differences: planDifferences(choice, basis),
    ...plannedTrainings(choice, basis.data.trainRows),
    cappedAnswers: shareAbove(basis.rows.answer, generation.maxNewTokens),
    cutRows: shareAbove(basis.rows.whole, training.maxLength),
    facts,
  }
}

export const usedRows = (rowLimit: number, trainRows: number): number =>
  rowLimit === 0 ? trainRows : Math.min(rowLimit, trainRows)

/** Pairs and steps of each iteration, and of plain SFT beside them, as the loop counts. `trainRows`: of the dataset. */
export function plannedTrainings(
  { plan, rowLimit }: PlanChoice,
  trainRows: number,
): { iterations: PlannedTraining[]; sft: PlannedTraining | null } {
  const rows = usedRows(rowLimit, trainRows)
  const iterations = plan.iterations.map(({ training, currentFraction, previousFraction }, i) => {
    // The first ⌊share · n⌋ rows of each source, as the trainer takes them.
    const pairs = Math.floor(currentFraction * rows) + (i === 0 ? 0 : Math.floor(previousFraction * rows))
    return { pairs, steps: stepsOf(training, pairs) }
  })
  if (!plan.compareSft) return { iterations, sft: null }
  const steps = iterations.reduce((sum, iteration) => sum + iteration.steps, 0)
  const pairs = rows * iterations.length
  return { iterations, sft: { pairs, steps: stepsOf(sftSettings(plan, { steps, rows: pairs }), pairs) } }
}
