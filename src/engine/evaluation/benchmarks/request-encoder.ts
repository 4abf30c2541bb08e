import type { BenchmarkProfile } from '../../../contract/benchmarks.ts'
import { AppError } from '../../../contract/errors.ts'
import { stripEnd } from '../../text/jinja/python-text.ts'
import type { TextTokenizer } from '../../text/tokenizer.ts'
import type { ChoiceRequest, GenerationRequest } from './task.ts'

/** A choice as the model reads it: `ids` but the last are its input, the last `scored` of them what is predicted. */
export interface EncodedChoice {
  ids: readonly number[]
  scored: number
  truncated: boolean
}

export interface EncodedPrompt {
  ids: readonly number[]
  truncated: boolean
  /** As asked, or fewer where the model's context is too short for so long an answer. */
  maxNewTokens: number
}

export interface RequestEncoder {
  /** Throws BAD_INPUT for a choice without tokens, or one that is longer than the model's context. */
  choice(request: ChoiceRequest): EncodedChoice
  /**
   * The prompt, cut from the left so that the answer fits into the context. Where the answer alone would fill it (the
   * harness stops there), prompt and answer get a half each. Throws BAD_INPUT for a prompt without tokens.
   */
  prompt(request: GenerationRequest): EncodedPrompt
}

/**
 * Requests into tokens as the harness does: blanks at the end of a context belong to the continuation, whose tokens are
 * what the encoding of both has beyond the encoding of the context; what is too long is cut from the left. 0.4.0 adds no
 * special tokens; later versions add what the tokenizer does (a BOS) unless the text begins with it.
 */
export function requestEncoder(
  tokenizer: TextTokenizer,
  profile: BenchmarkProfile,
  maxLength: number,
): RequestEncoder {
  const idOf = (token: string | undefined) => (token === undefined ? undefined : tokenizer.tokenId(token))
  const eosId = idOf(tokenizer.eosToken)
  const prefixId = profile === 'harness-0.4.0' ? eosId : (idOf(tokenizer.bosToken) ?? eosId)
  const prefixText = prefixId === undefined ? undefined : tokenizer.decode([prefixId])
  const framing =
    profile === 'harness-0.4.0' ? { before: [] as number[], after: [] as number[] } : tokenizer.framing()

  const framed = (text: string, mark: string | undefined): number[] => {
    const ids = text === '' ? [] : tokenizer.encode(text)
    if (mark !== undefined && text.startsWith(mark)) return ids
    return [...framing.before, ...ids, ...framing.after]
  }
  // Choices of a question stand next to each other and share their context.
  let last: { context: string; length: number } | null = null
  const contextTokens = (context: string): number => {
    if (last?.context !== context) last = { context, length: framed(context, prefixText).length }
    return last.length
  }

  const afterNothing = (continuation: string): { ids: number[]; scored: number } => {
    const ids = tokenizer.encode(continuation)
    if (prefixId === undefined) {
      throw new AppError(
        'BAD_INPUT',
        'a request has no context, and the tokenizer names no BOS or EOS token that could stand for it.',
      )
    }
    // 0.4.0 does not look whether the continuation begins with that token itself.
    const isThere = profile !== 'harness-0.4.0' && ids[0] === prefixId
    return isThere ? { ids, scored: ids.length - 1 } : { ids: [prefixId, ...ids], scored: ids.length }
  }

  const afterContext = (context: string, continuation: string): { ids: number[]; scored: number } => {
    const bare = stripEnd(context)
    const ids = framed(context + continuation, prefixText)
    return { ids, scored: ids.length - contextTokens(bare) }
  }

  return {
    choice({ context, continuation }) {
      const { ids, scored } =
        context === '' ? afterNothing(continuation) : afterContext(context, continuation)
      if (scored < 1 || scored >= ids.length || scored > maxLength) {
        const found =
          scored < 1
            ? 'no token of its own'
            : scored >= ids.length
              ? 'no token before it'
              : `${scored} tokens, more than the model's context of ${maxLength}`
        throw new AppError(
          'BAD_INPUT',
          `expected a choice that can be scored; ${JSON.stringify(continuation.slice(0, 80))} has ${found}.`,
        )
      }
      const truncated = ids.length > maxLength + 1
      return { ids: truncated ? ids.slice(-(maxLength + 1)) : ids, scored, truncated }
    },
    prompt({ context, maxNewTokens }) {
      const ids = framed(context, tokenizer.bosToken)
      if (ids.length === 0) throw new AppError('BAD_INPUT', 'expected a prompt to answer; it has no tokens.')
      const most = maxNewTokens < maxLength ? maxNewTokens : Math.max(1, Math.floor(maxLength / 2))
      const room = maxLength - most
      const truncated = ids.length > room
      return { ids: truncated ? ids.slice(-room) : ids, truncated, maxNewTokens: most }
    },
  }
}
