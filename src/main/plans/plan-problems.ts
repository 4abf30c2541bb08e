import type { z } from 'zod'
import { PlanChoice, type PlanProblem } from '../../contract/app/plans.ts'
import type { PlanBasis } from './plan-basis.ts'
import { planWords } from '../../strings/plan.ts'

const { limits, problems: words } = planWords

export type ParsedChoice =
  | { choice: PlanChoice; problems: [] }
  | { choice: PlanChoice | null; problems: PlanProblem[] }

/** Parses what the page has; every problem is at the path of its control. `choice` is there where the shape is right. */
export function parseChoice(edited: { plan: unknown; rowLimit: unknown }, basis: PlanBasis): ParsedChoice {
  const parsed = PlanChoice.safeParse({ plan: edited.plan, rowLimit: edited.rowLimit ?? 0 })
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => ({
      path: issue.path.map(String).join('.'),
      message: wordsOf(issue),
    }))
    return { choice: null, problems }
  }
  const problems = contradictions(parsed.data, basis)
  return problems.length === 0 ? { choice: parsed.data, problems: [] } : { choice: parsed.data, problems }
}

/** A limit in the words of the person who types: "At least 1". */
function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small')
    return issue.inclusive === false ? limits.moreThan(issue.minimum) : limits.atLeast(issue.minimum)
  if (issue.code === 'too_big')
    return issue.inclusive === false ? limits.below(issue.maximum) : limits.atMost(issue.maximum)
  if (issue.code === 'invalid_type') {
    const wanted = limits.types[issue.expected]
    if (wanted) return wanted
  }
  return issue.message
}

/** What each value allows alone and the plan as a whole does not. */
function contradictions({ plan, rowLimit }: PlanChoice, { model, data }: PlanBasis): PlanProblem[] {
  const problems: PlanProblem[] = []
  const add = (path: string, message: string): void => void problems.push({ path, message })
  for (const [i, { generation, training }] of plan.iterations.entries()) {
    const at = `plan.iterations.${i}`
    const { schedule, maxLength, maxPromptLength } = training
    if (schedule.stopEpoch > schedule.scheduleEpochs)
      add(`${at}.training.schedule.stopEpoch`, words.stopEpoch(schedule.scheduleEpochs))
    if (maxLength > model.context) add(`${at}.training.maxLength`, words.maxLength(model.context))
    if (maxPromptLength >= maxLength) add(`${at}.training.maxPromptLength`, words.maxPromptLength(maxLength))
    if (generation.maxNewTokens >= model.context)
      add(`${at}.generation.maxNewTokens`, words.maxNewTokens(model.context))
  }
  if (rowLimit > data.trainRows) add('rowLimit', words.rowLimit(data.trainRows))
  if (plan.evaluation.maxNewTokens >= model.context)
    add('plan.evaluation.maxNewTokens', words.maxNewTokens(model.context))
  if (plan.stopRule.score === 'sampled' && plan.evaluation.samplesPerPrompt === 0)
    add('plan.evaluation.samplesPerPrompt', words.samples)
  if (data.testRows === 0) add('data', words.noTestRows)
  return problems
}
