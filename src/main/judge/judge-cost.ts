import type { JudgeCost, JudgePrices, Verdict } from '../../contract/judge.ts'
import type { JudgeCases } from './judge-cases.ts'

/** Tokens of an explanation of a few sentences and the verdict. */
const usualReply = 250
/** What a chat format adds to a prompt. */
const messageTokens = 8

/**
 * What the cases without a verdict will cost. The judge's tokenizer is not known: four ASCII characters count as a token, any
 * other character as one, and a reply as 250 tokens or what the judge's replies so far took.
 */
export function judgeCost(
  { cases, identical }: JudgeCases,
  verdicts: ReadonlyMap<string, Verdict>,
  { maxTokens, prices }: { maxTokens: number; prices: JudgePrices | null },
): JudgeCost {
  const distinct = [...new Map(cases.map((one) => [one.id, one])).values()]
  const open = distinct.filter(({ id }) => !verdicts.has(id))
  const known = [...verdicts.values()].flatMap(({ completionTokens }) => completionTokens ?? [])
  const usual = known.length === 0 ? usualReply : known.reduce((a, b) => a + b, 0) / known.length
  const promptTokens = open.reduce((sum, { prompt }) => sum + estimateTokens(prompt) + messageTokens, 0)
  const replyTokens = Math.round(open.length * Math.min(usual, maxTokens))
  const replyTokensAtMost = open.length * maxTokens
  return {
    requests: open.length,
    known: distinct.length - open.length,
    identical: identical.length,
    promptTokens,
    replyTokens,
    replyTokensAtMost,
    price: priceOf(promptTokens, replyTokens, prices),
    priceAtMost: priceOf(promptTokens, replyTokensAtMost, prices),
  }
}

/** Null without prices. */
export function priceOf(
  promptTokens: number,
  replyTokens: number,
  prices: JudgePrices | null,
): number | null {
  if (prices === null) return null
  return (promptTokens * prices.inputPerMillion + replyTokens * prices.outputPerMillion) / 1e6
}

export function estimateTokens(text: string): number {
  let ascii = 0
  let other = 0
  for (const character of text) {
    if (character < '\u0080') ascii++
    else other++
  }
  return Math.ceil(ascii / 4) + other
}
