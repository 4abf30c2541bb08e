import type { LayeredModel } from '../../model/layered-model.ts'
import type { PrefixCache } from '../../model/prefix-cache.ts'
import { layOutBranches, roundUpRows } from '../../scoring/branch-layout.ts'
import { responseScores } from '../../scoring/response-scores.ts'
import type { QuestionBranches } from './question-branches.ts'

/** Of a question's choices in their order: log-likelihoods in nats, and whether every token was the most probable one. */
export interface ChoiceScores {
  logLikelihoods: number[]
  greedy: boolean[]
}

/**
 * Scores questions in one batch. Log-probs are summed in float64. A question's numbers depend on the batch only through
 * the order of float32 sums: by less than 1e-5 of a nat a token.
 */
export async function scoreBranches(
  model: LayeredModel,
  questions: readonly QuestionBranches[],
  prefix: PrefixCache | null,
): Promise<ChoiceScores[]> {
  const { batch, firstRows } = layOutBranches(questions, { prefixTokens: prefix?.tokenIds.length ?? 0 })
  const used = questions.reduce((sum, { scoredRows }) => sum + scoredRows, 0)
  const rows = roundUpRows(used)
  const rowIndex = new Int32Array(rows).fill(batch.tokenRows - 1)
  const targetIds = new Int32Array(rows)
  let at = 0
  for (const [q, { answers, choices }] of questions.entries()) {
    for (const { answer, targets } of choices) {
      const first = firstRows[q]![answer]! + answers[answer]!.length - targets.length
      for (const [i, target] of targets.entries()) {
        rowIndex[at] = first + i
        targetIds[at++] = target
      }
    }
  }
  const { logp, greedy } = await responseScores(model, batch, { rowIndex, targetIds }, prefix)
  at = 0
  return questions.map(({ choices }) => {
    const scores: ChoiceScores = { logLikelihoods: [], greedy: [] }
    for (const { targets } of choices) {
      let sum = 0
      let isGreedy = true
      for (const _ of targets) {
        sum += logp[at]!
        isGreedy = greedy[at++] === 1 && isGreedy
      }
      scores.logLikelihoods.push(sum)
      scores.greedy.push(isGreedy)
    }
    return scores
  })
}
