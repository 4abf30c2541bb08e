import type { BatchLimits } from './choice-batches.ts'
import { encodeChoices, isChoiceQuestion, planChoices } from './choice-batches.ts'
import { isGeneratedQuestion } from './generate-answers.ts'
import type { RequestEncoder } from './request-encoder.ts'
import type { BenchmarkTask } from './task.ts'

export interface TaskTokens {
  questions: number
  requests: number
  /** Rows that are computed, what is shared counted once. */
  tokens: number
  tokensUnshared: number
  generatedTokensAtMost: number
}

/** Questions of a part that are tokenized; of more, every n-th. */
const sampled = 200

/**
 * What a task's parts cost in tokens, by tokenizing a sample of each. Throws BAD_INPUT for a question that cannot be
 * scored.
 */
export function taskTokens(
  parts: readonly BenchmarkTask[],
  encoder: RequestEncoder,
  limits: BatchLimits,
): TaskTokens {
  const total: TaskTokens = {
    questions: 0,
    requests: 0,
    tokens: 0,
    tokensUnshared: 0,
    generatedTokensAtMost: 0,
  }
  // A part's share, so that 57 subjects are not tokenized whole.
  const most = Math.max(4, Math.ceil(sampled / parts.length))
  for (const { questions } of parts) {
    const choices = questions.filter(isChoiceQuestion)
    const sample = everyNth(choices, most)
    const weight = choices.length / Math.max(1, sample.length)
    const { prefix, batches } = planChoices(sample, encoder, () => limits)
    for (const batch of batches) total.tokens += weight * batch.rows
    total.tokens += prefix.length
    for (const question of sample)
      for (const { ids } of encodeChoices(question, encoder))
        total.tokensUnshared += weight * (ids.length - 1)

    const generated = questions.filter(isGeneratedQuestion)
    const prompts = everyNth(generated, most)
    const each = generated.length / Math.max(1, prompts.length)
    for (const { requests } of prompts) {
      const { ids, maxNewTokens } = encoder.prompt(requests)
      total.tokens += each * ids.length
      total.tokensUnshared += each * ids.length
      total.generatedTokensAtMost += each * maxNewTokens
    }
    total.questions += questions.length
    total.requests += generated.length + choices.reduce((sum, { requests }) => sum + requests.length, 0)
  }
  const { tokens, tokensUnshared, generatedTokensAtMost } = total
  return {
    ...total,
    tokens: Math.round(tokens),
    tokensUnshared: Math.round(tokensUnshared),
    generatedTokensAtMost: Math.round(generatedTokensAtMost),
  }
}

/** At most `most` of them, spread evenly. */
export function everyNth<T>(values: readonly T[], most: number): T[] {
  const count = Math.min(most, values.length)
  return Array.from({ length: count }, (_, i) => values[Math.floor((i * values.length) / count)]!)
}
