import { z } from 'zod'
import { toByteCharacters } from './byte-alphabet.ts'
import { partType, readPart, unsupportedPart } from './json-part.ts'
import { normalizeForm } from './normal-forms.ts'
import { compilePattern, PatternPart } from './pattern-part.ts'
import { createCharsmap } from './precompiled-charsmap.ts'

export type Normalizer = (text: string) => string

const where = 'normalizer'
const whitespaceStart = /^\p{White_Space}+/u
const whitespace = /\p{White_Space}/u

/** Trims one side with Unicode's whitespace, which differs from JavaScript's in U+FEFF and U+0085. */
function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && whitespace.test(text[end - 1]!)) end--
  return text.slice(0, end)
}

/** The `normalizer` of tokenizer.json. Throws MODEL_UNSUPPORTED by name, MODEL_BROKEN. */
export function createNormalizer(json: unknown): Normalizer {
  if (json === null || json === undefined) return (text) => text
  const type = partType(json, where)
  switch (type) {
    case 'Sequence': {
      const parts = readPart(z.object({ normalizers: z.array(z.unknown()) }), json, where).normalizers.map(
        (part) => createNormalizer(part),
      )
      return (text) => parts.reduce((value, normalize) => normalize(value), text)
    }
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      return (text) => normalizeForm(text, type)
    case 'Lowercase':
      // Letter by letter, as Rust's char: a sigma at the end of a word stays an inner one.
      return (text) => Array.from(text, (letter) => letter.toLowerCase()).join('')
    case 'ByteLevel':
      return toByteCharacters
    case 'Prepend': {
      const { prepend } = readPart(z.object({ prepend: z.string() }), json, where)
      return (text) => (text === '' ? '' : prepend + text)
    }
    case 'Strip': {
      const sides = readPart(z.object({ strip_left: z.boolean(), strip_right: z.boolean() }), json, where)
      return (text) => {
        const left = sides.strip_left ? text.replace(whitespaceStart, '') : text
        return sides.strip_right ? trimEnd(left) : left
      }
    }
    case 'Replace': {
      const part = readPart(z.object({ pattern: PatternPart, content: z.string() }), json, where)
      const pattern = compilePattern(part.pattern, where)
      return pattern ? (text) => text.replace(pattern, () => part.content) : (text) => text
    }
    case 'Precompiled': {
      const { precompiled_charsmap: map } = readPart(
        z.object({ precompiled_charsmap: z.base64() }),
        json,
        where,
      )
      return createCharsmap(Buffer.from(map, 'base64'))
    }
    default:
      throw unsupportedPart(where, type)
  }
}
