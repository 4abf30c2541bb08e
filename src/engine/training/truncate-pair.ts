import { AppError } from '../../contract/errors.ts'

/** Token ids of one pair; `generatedIds` is empty where there is only a real answer (plain SFT). */
export interface TokenPair {
  promptIds: readonly number[]
  realIds: readonly number[]
  generatedIds: readonly number[]
}

export interface TruncatedPair extends TokenPair {
  /** Tokens cut from the start of the prompt. */
  promptCut: number
  /** A cut answer has lost its EOS. */
  realCut: number
  generatedCut: number
}

/**
 * The official trainer's truncation (uclaml/SPIN, spin/alignment/utils.py, `keep_end`): where the prompt and the
 * longer answer exceed `maxLength`, the last `maxPromptLength` tokens of the prompt stay; where that is still too
 * long, both answers are cut to `maxLength − maxPromptLength`, even the shorter one.
 */
export function truncatePair(
  pair: TokenPair,
  { maxLength, maxPromptLength }: { maxLength: number; maxPromptLength: number },
): TruncatedPair {
  if (maxPromptLength >= maxLength) {
    throw new AppError(
      'BAD_INPUT',
      `max_prompt_length (${maxPromptLength}) must be below max_length (${maxLength}), or no token is left for the answers.`,
      { maxPromptLength, maxLength },
    )
  }
  const longer = Math.max(pair.realIds.length, pair.generatedIds.length)
  let { promptIds, realIds, generatedIds } = pair
  if (promptIds.length + longer > maxLength) promptIds = promptIds.slice(-maxPromptLength)
  if (promptIds.length + longer > maxLength) {
    realIds = realIds.slice(0, maxLength - maxPromptLength)
    generatedIds = generatedIds.slice(0, maxLength - maxPromptLength)
  }
  return {
    promptIds,
    realIds,
    generatedIds,
    promptCut: pair.promptIds.length - promptIds.length,
    realCut: pair.realIds.length - realIds.length,
    generatedCut: pair.generatedIds.length - generatedIds.length,
  }
}
