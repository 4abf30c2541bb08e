import { z } from 'zod'
import { fromByteCharacters } from './byte-alphabet.ts'
import { partType, readPart, unsupportedPart } from './json-part.ts'
import { compilePattern, PatternPart } from './pattern-part.ts'
import { readMetaspace } from './pre-tokenizer.ts'

/** Tokens to parts of text; the parts are joined without anything between. */
export type Decoder = (tokens: string[]) => string[]

const where = 'decoder'
const utf8 = new TextEncoder()
const lossy = new TextDecoder('utf-8', { ignoreBOM: true })
const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/** The `decoder` of tokenizer.json. Throws MODEL_UNSUPPORTED by name, MODEL_BROKEN. */
export function createDecoder(json: unknown): Decoder {
  if (json === null || json === undefined) return (tokens) => [tokens.join(' ')]
  const type = partType(json, where)
  switch (type) {
    case 'Sequence': {
      const { decoders } = readPart(z.object({ decoders: z.array(z.unknown()) }), json, where)
      const parts = decoders.map((part) => createDecoder(part))
      return (tokens) => parts.reduce((texts, decode) => decode(texts), tokens)
    }
    case 'ByteLevel':
      return byteLevel
    case 'ByteFallback':
      return byteFallback
    case 'Fuse':
      return (tokens) => [tokens.join('')]
    case 'Metaspace': {
      const { replacement, scheme } = readMetaspace(json, where)
      const drops = scheme !== 'never'
      return (tokens) => tokens.map((token, i) => token.replaceAll(replacement, i === 0 && drops ? '' : ' '))
    }
    case 'Replace': {
      const part = readPart(z.object({ pattern: PatternPart, content: z.string() }), json, where)
      const pattern = compilePattern(part.pattern, where)
      return pattern
        ? (tokens) => tokens.map((token) => token.replace(pattern, () => part.content))
        : (tokens) => tokens
    }
    case 'Strip': {
      const part = readPart(
        z.object({ content: z.string(), start: z.number().int(), stop: z.number().int() }),
        json,
        where,
      )
      return (tokens) => tokens.map((token) => stripToken(token, part.content, part.start, part.stop))
    }
    default:
      throw unsupportedPart(where, type)
  }
}

/** A token that is not wholly of the byte alphabet (an added one) stands for its own text. */
function byteLevel(tokens: string[]): string[] {
  const bytes: number[] = []
  for (const token of tokens)
    for (const byte of fromByteCharacters(token) ?? utf8.encode(token)) bytes.push(byte)
  return [lossy.decode(Uint8Array.from(bytes))]
}

/** Runs of byte tokens become text together, or one replacement character for each where they are no UTF-8. */
function byteFallback(tokens: string[]): string[] {
  const out: string[] = []
  let bytes: number[] = []
  const flush = (): void => {
    if (bytes.length === 0) return
    try {
      out.push(strict.decode(Uint8Array.from(bytes)))
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      for (const _ of bytes) out.push('\ufffd')
    }
    bytes = []
  }
  for (const token of tokens) {
    const byte = /^<0x([\da-fA-F]{2})>$/.exec(token)?.[1]
    if (byte !== undefined) bytes.push(Number.parseInt(byte, 16))
    else {
      flush()
      out.push(token)
    }
  }
  flush()
  return out
}

function stripToken(token: string, content: string, start: number, stop: number): string {
  const points = [...token]
  let from = 0
  while (from < start && points[from] === content) from++
  let to = points.length
  while (points.length - to < stop && to > 0 && points[to - 1] === content) to--
  return points.slice(from, Math.max(from, to)).join('')
}
