import { z } from 'zod'
import { toByteCharacters } from './byte-alphabet.ts'
import { partType, readPart, unsupportedPart } from './json-part.ts'
import { compileOnig, literalPattern } from './onig-pattern.ts'
import { compilePattern, PatternPart } from './pattern-part.ts'
import { splitText, type Parts } from './text-split.ts'
import { notPunctuation, oncePunctuation, sinceUnicode17 } from './unicode-ages.ts'

/** Splits a piece of text into words. `atStart`: whether the piece begins the whole text. */
export type PreTokenizer = (text: string, atStart: boolean) => Parts

const where = 'pre_tokenizer'
const gpt2 = compileOnig(
  String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
)
const wordCharacter = String.raw`[[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]--[${sinceUnicode17}]]`
const words = new RegExp(String.raw`${wordCharacter}+|[^${wordCharacter}\p{White_Space}]+`, 'gv')
// Rust's is_ascii_punctuation also holds symbols such as $ and +.
const punctuation = new RegExp(
  String.raw`[[\p{P}\u0021-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007e${oncePunctuation}]--[${notPunctuation}]]`,
  'gv',
)

const Behavior = z.enum(['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'])
const MetaspacePart = z.object({
  replacement: z.string().refine((text) => [...text].length === 1, 'expected one character'),
  prepend_scheme: z.enum(['always', 'first', 'never']).optional(),
  /** Before `prepend_scheme` there was this. */
  add_prefix_space: z.boolean().optional(),
  split: z.boolean().default(true),
})

/** When a Metaspace pre-tokenizer or decoder puts its mark before a text. */
export function readMetaspace(json: unknown, part: string) {
  const read = readPart(MetaspacePart, json, part)
  const scheme = read.prepend_scheme ?? (read.add_prefix_space === false ? 'never' : 'always')
  return { ...read, scheme }
}

/** The `pre_tokenizer` of tokenizer.json. Throws MODEL_UNSUPPORTED by name, MODEL_BROKEN. */
export function createPreTokenizer(json: unknown): PreTokenizer {
  if (json === null || json === undefined)
    return (text) => ({ texts: text === '' ? [] : [text], first: true })
  const type = partType(json, where)
  switch (type) {
    case 'Sequence': {
      const { pretokenizers } = readPart(z.object({ pretokenizers: z.array(z.unknown()) }), json, where)
      return sequence(pretokenizers.map((part) => createPreTokenizer(part)))
    }
    case 'ByteLevel':
      return byteLevel(
        readPart(
          z.object({ add_prefix_space: z.boolean(), use_regex: z.boolean().default(true) }),
          json,
          where,
        ),
      )
    case 'Metaspace':
      return metaspace(readMetaspace(json, where))
    case 'Split': {
      const part = readPart(
        z.object({ pattern: PatternPart, behavior: Behavior, invert: z.boolean() }),
        json,
        where,
      )
      const pattern = compilePattern(part.pattern, where)
      return pattern
        ? (text) => splitText(text, pattern, part.behavior, part.invert)
        : (text) => ({ texts: [text], first: true })
    }
    case 'Digits': {
      const { individual_digits: single } = readPart(
        z.object({ individual_digits: z.boolean() }),
        json,
        where,
      )
      return (text) => splitText(text, /\p{N}/gu, single ? 'Isolated' : 'Contiguous')
    }
    case 'Punctuation': {
      const { behavior } = readPart(z.object({ behavior: Behavior.default('Isolated') }), json, where)
      return (text) => splitText(text, punctuation, behavior)
    }
    case 'Whitespace':
      return (text) => splitText(text, words, 'Removed', true)
    case 'WhitespaceSplit':
      return (text) => splitText(text, /\p{White_Space}/gu, 'Removed')
    default:
      throw unsupportedPart(where, type)
  }
}

function sequence(parts: PreTokenizer[]): PreTokenizer {
  return (text, atStart) =>
    parts.reduce<Parts>(
      (before, split) => {
        const texts: string[] = []
        let first = before.first
        before.texts.forEach((piece, i) => {
          const inside = split(piece, atStart && before.first && i === 0)
          if (i === 0 && !inside.first) first = false
          for (const each of inside.texts) texts.push(each)
        })
        return { texts, first }
      },
      { texts: [text], first: true },
    )
}

function byteLevel(part: { add_prefix_space: boolean; use_regex: boolean }): PreTokenizer {
  return (text) => {
    const padded = part.add_prefix_space && !text.startsWith(' ') ? ` ${text}` : text
    const pieces = part.use_regex ? (padded.match(gpt2) ?? []) : [padded]
    return { texts: pieces.map(toByteCharacters), first: true }
  }
}

function metaspace({ replacement, scheme, split }: ReturnType<typeof readMetaspace>): PreTokenizer {
  const mark = literalPattern(replacement)
  return (text, atStart) => {
    let marked = text.replaceAll(' ', () => replacement)
    const prepends = scheme === 'always' || (scheme === 'first' && atStart)
    if (prepends && !marked.startsWith(replacement)) marked = replacement + marked
    return split ? splitText(marked, mark, 'MergedWithNext') : { texts: [marked], first: true }
  }
}
