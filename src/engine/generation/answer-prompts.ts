import type { Answer, Decoder, Prompt } from './decoder.ts'

export interface AnsweredPrompt {
  index: number // into the prompts
  answer: Answer
}

/**
 * Answers prompts in batches sorted by length (little padding, few compiled shapes) and yields each finished batch.
 * One batch is one call of the engine, so progress and cancellation are never further away than one batch.
 */
export async function* answerPrompts(
  decoder: Decoder,
  prompts: readonly Prompt[],
  batchSize: number,
): AsyncGenerator<AnsweredPrompt[]> {
  const order = prompts
    .map((_, i) => i)
    .sort((a, b) => prompts[a]!.ids.length - prompts[b]!.ids.length || a - b)
  for (let start = 0; start < order.length; start += batchSize) {
    const picked = order.slice(start, start + batchSize)
    const answers = await decoder.answer(picked.map((i) => prompts[i]!))
    yield picked.map((index, i) => ({ index, answer: answers[i]! }))
  }
}
