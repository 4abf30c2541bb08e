import type { TextTokenizer } from './tokenizer.ts'

/**
 * The text that each token adds to an answer; joined they are the answer. A character of several tokens belongs to the
 * last of them, the others have ''. Special tokens are written as themselves. Decoding starts a little before each token,
 * as streaming decoders do, because decoders drop a blank at the start of a text.
 */
export function tokenTexts(tokenizer: TextTokenizer, ids: readonly number[]): string[] {
  let from = 0 // where the decoded window starts
  let told = 0 // tokens of the window whose text was given out
  return ids.map((id, i) => {
    if (tokenizer.isSpecial(id)) {
      from = told = i + 1
      return tokenizer.decode([id])
    }
    const before = tokenizer.decode(ids.slice(from, told))
    const after = tokenizer.decode(ids.slice(from, i + 1))
    const isWhole = !after.endsWith('\uFFFD') || i === ids.length - 1 || i - told >= longestCharacter
    if (!isWhole) return ''
    from = told
    told = i + 1
    return after.slice(before.length)
  })
}

/** Tokens that one character can take: its bytes in UTF-8. More of them are bytes that no character has. */
const longestCharacter = 4
