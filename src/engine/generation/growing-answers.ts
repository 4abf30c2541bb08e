import type { Answer, Prompt } from './decoder.ts'
import { answerCap } from './prompt-groups.ts'

/** An answer is shown to its prompt's `isEnded` this often: to read a text after every token would cost more than a few tokens. */
const tokensBetweenLooks = 8

/** The answers to a queue of prompts as they get their tokens, and what ends them. */
export class GrowingAnswers {
  private readonly prompts: readonly Prompt[]
  private readonly eosIds: readonly number[]
  private readonly maxNewTokens: number
  private readonly made: number[][]

  constructor(
    prompts: readonly Prompt[],
    { eosIds, maxNewTokens }: { eosIds: readonly number[]; maxNewTokens: number },
  ) {
    this.prompts = prompts
    this.eosIds = eosIds
    this.maxNewTokens = maxNewTokens
    this.made = prompts.map(() => [])
  }

  /** Of the answer to a prompt, by its number, so far. */
  tokensOf(item: number): readonly number[] {
    return this.made[item]!
  }

  /** Tokens that it may still get. */
  roomOf(item: number): number {
    return answerCap(this.prompts[item]!, this.maxNewTokens) - this.made[item]!.length
  }

  /** The next token of an answer; the whole answer where that ends it. */
  add(item: number, token: number): Answer | null {
    const ids = this.made[item]!
    if (this.eosIds.includes(token)) return { ids, finish: 'stop', eosId: token }
    ids.push(token)
    const prompt = this.prompts[item]!
    if (ids.length === answerCap(prompt, this.maxNewTokens)) return { ids, finish: 'length', eosId: null }
    const isEnded = ids.length % tokensBetweenLooks === 0 && prompt.isEnded?.(ids)
    return isEnded ? { ids, finish: 'stop', eosId: null } : null
  }
}
