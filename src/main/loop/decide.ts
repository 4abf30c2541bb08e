import type { EvaluationResult } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { LoopPlan, StopRule } from '../../contract/loop.ts'
import { baseIteration } from '../../contract/project.ts'
import type { Candidate, Decision } from '../../contract/project.ts'
import { decisionWords as words } from '../../strings/decision.ts'

type Scored = Pick<Candidate, 'iteration' | 'score'>

/** Throws BAD_INPUT for a stop rule whose score the evaluation will not have. */
export function checkStopRule({ stopRule, evaluation }: LoopPlan): void {
  if (stopRule.score !== 'sampled' || evaluation.samplesPerPrompt > 0) return
  throw new AppError(
    'BAD_INPUT',
    'The stop rule compares the score of sampled answers: expected evaluation.samplesPerPrompt ≥ 1, found 0. Sample answers, or use ' +
      'the score "greedy" or "nll".',
    { expected: 1, found: 0 },
  )
}

/** The number that the stop rule compares: a share of valid answers (higher is better) or nats a token (lower is better). */
export function scoreOf(rule: StopRule, evaluation: EvaluationResult): number {
  const score = { sampled: evaluation.sampled, greedy: evaluation.greedy, nll: evaluation.heldOutNll }[
    rule.score
  ]
  if (score !== null) return score
  throw new AppError(
    'BAD_INPUT',
    `Expected an evaluation with the score "${rule.score}", found none. Choose another score for the stop rule.`,
  )
}

/**
 * What follows the last of `candidates` (base first, then the iterations in order). An iteration becomes the best when
 * its gain over the best before it is positive and at least `minDelta`: smaller gains are noise, but add up until
 * they count. Nothing beats the base → the base is the best. The next iteration starts from the last finished one.
 */
export function decide(rule: StopRule, candidates: readonly Scored[], plannedIterations: number): Decision {
  const [base, ...iterations] = candidates
  const last = iterations.at(-1)
  if (!base || !last)
    throw new AppError(
      'INTERNAL',
      `Expected the base and one iteration at least, found ${candidates.length} candidates.`,
    )
  const direction = rule.score === 'nll' ? -1 : 1
  let best = base
  let stale = 0
  let gain = 0
  for (const candidate of iterations) {
    gain = direction * (candidate.score - best.score)
    const improved = gain > 0 && gain >= rule.minDelta
    stale = improved ? 0 : stale + 1
    if (improved) best = candidate
  }
  const outOfPatience = stale >= rule.patience
  const done = iterations.length >= plannedIterations
  const verdict =
    best === last
      ? words.best(last.iteration, rule.score, last.score, gain)
      : words.notBetter(last.iteration, best.iteration, rule.score, last.score, best.score)
  const ending = outOfPatience
    ? words.outOfPatience(stale, best.iteration)
    : done
      ? words.allDone(plannedIterations, best.iteration)
      : ''
  return {
    action: outOfPatience || done ? 'stop' : 'continue',
    best: best.iteration,
    improved: best === last,
    gain,
    startFrom: last.iteration,
    reason: verdict + ending,
  }
}

/** After training that ended before it had one usable checkpoint: there is no new model, so the loop ends with the best it has. */
export function decideWithoutModel(
  rule: StopRule,
  candidates: readonly Scored[],
  iteration: number,
  why: string,
): Decision {
  const earlier = candidates.length > 1 ? decide(rule, candidates, candidates.length - 1).best : baseIteration
  const best = candidates.find((c) => c.iteration === earlier)
  if (!best) throw new AppError('INTERNAL', `Expected candidate ${earlier}, found none.`)
  const reason = words.noModel(iteration, why, best.iteration)
  return {
    action: 'stop',
    best: best.iteration,
    improved: false,
    gain: null,
    startFrom: best.iteration,
    reason,
  }
}
