import * as t from '../../tensor/build.ts'
import type { Value } from '../../tensor/graph.ts'

/**
 * Small whole numbers for devices, which compute with 32-bit integers alone: 3 of 8 bits or 6 of 4 bits share the lower 24 bits of
 * one, the first in the highest place. (24: such a number is never negative, so division unpacks it.)
 */
export type CodeBits = 8 | 4

const perWord: Record<CodeBits, number> = { 8: 3, 4: 6 }

export const wordsFor = (bits: CodeBits, codes: number): number => Math.ceil(codes / perWord[bits])

export function packWords(bits: CodeBits, codes: number, codeAt: (index: number) => number): Int32Array {
  const count = perWord[bits]
  const words = new Int32Array(wordsFor(bits, codes))
  for (let i = 0; i < codes; i++)
    words[Math.floor(i / count)]! |= codeAt(i) << (bits * (count - 1 - (i % count)))
  return words
}

/** The codes of words [W,1], i32 [W·codes a word]; behind the last one zeros. */
export function unpackWords(words: Value, bits: CodeBits): Value {
  const count = perWord[bits]
  let rest = words
  const parts: Value[] = []
  for (let place = count - 1; place >= 0; place--) {
    const base = words.graph.scalar(2 ** (bits * place), 'i32')
    const part = place === 0 ? rest : t.div(rest, base)
    parts.push(part)
    if (place > 0) rest = t.sub(rest, t.mul(part, base))
  }
  return t.reshape(t.concat(parts, 1), [words.shape[0]! * count])
}
