import { count, decimal } from './amounts.ts'

type Score = 'sampled' | 'greedy' | 'nll'

const names = {
  sampled: 'valid answers, sampled',
  greedy: 'valid answers, greedy',
  nll: 'held-out NLL',
} as const
/** Shares in points of 100, as everywhere. */
const show = (score: number, kind: Score): string =>
  kind === 'nll' ? `${decimal(score, 3)} nats` : `${decimal(100 * score, 1)} pts`
const nameOf = (iteration: number): string => (iteration < 0 ? 'the base' : `iteration ${iteration}`)

/** Why the loop goes on or stops after an iteration; −1 is the base. */
export const decisionWords = {
  best: (iteration: number, kind: Score, score: number, gain: number) =>
    `Iteration ${iteration} is the best so far (${names[kind]} ${show(score, kind)}, gain ${show(gain, kind)}).`,
  notBetter: (iteration: number, best: number, kind: Score, score: number, bestScore: number) =>
    `Iteration ${iteration} did not beat ${nameOf(best)} (${names[kind]} ${show(score, kind)} against ${show(bestScore, kind)}).`,
  outOfPatience: (iterations: number, best: number) =>
    ` ${count(iterations)} ${iterations === 1 ? 'iteration' : 'iterations'} without improvement: the loop stops; ${nameOf(best)} is the result.`,
  allDone: (iterations: number, best: number) =>
    ` All ${count(iterations)} planned iterations are done; ${nameOf(best)} is the result.`,
  noModel: (iteration: number, why: string, best: number) =>
    `Iteration ${iteration} gave no model: ${why} The loop stops; ${nameOf(best)} is the result.`,
} as const
