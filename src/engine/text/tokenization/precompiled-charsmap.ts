import { AppError } from '../../../contract/errors.ts'
import type { Normalizer } from './normalizer.ts'

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })
const utf8 = new TextEncoder()

/**
 * SentencePiece's character map: a double-array trie (Darts) from UTF-8 prefixes to offsets in a block of
 * zero-terminated replacements. Applied as `tokenizers` does (normalizers/precompiled.rs): a whole grapheme of under 6
 * bytes by its shortest prefix in the map, else character by character. Throws MODEL_BROKEN.
 */
export function createCharsmap(blob: Uint8Array): Normalizer {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength)
  const trieBytes = blob.byteLength >= 4 ? view.getUint32(0, true) : 0
  if (trieBytes === 0 || trieBytes % 4 !== 0 || 4 + trieBytes > blob.byteLength) {
    throw new AppError(
      'MODEL_BROKEN',
      'tokenizer.json: the precompiled_charsmap of its normalizer is cut short.',
    )
  }
  const units = Uint32Array.from({ length: trieBytes / 4 }, (_, i) => view.getUint32(4 + 4 * i, true))
  const replacements = blob.subarray(4 + trieBytes)

  const step = (node: number, unit: number): number => node ^ ((unit >>> 10) << ((unit & 0x200) >>> 6))
  /** Where the replacement of the shortest prefix of `bytes` in the map begins. */
  const lookUp = (bytes: Uint8Array): number | undefined => {
    let node = step(0, units[0]!)
    for (const byte of bytes) {
      if (byte === 0) return undefined
      node ^= byte
      const unit = units[node]
      if (unit === undefined || (unit & 0x800000ff) >>> 0 !== byte) return undefined
      node = step(node, unit)
      if ((unit >>> 8) & 1) return (units[node] ?? 0) & 0x7fffffff
    }
    return undefined
  }

  const known = new Map<string, string | undefined>()
  const replacementOf = (part: string): string | undefined => {
    if (known.has(part)) return known.get(part)
    const start = lookUp(utf8.encode(part))
    let found: string | undefined
    if (start !== undefined) {
      const end = replacements.indexOf(0, start)
      found = new TextDecoder().decode(replacements.subarray(start, end < 0 ? replacements.length : end))
    }
    if (known.size < 100_000) known.set(part, found)
    return found
  }

  return (text) => {
    let out = ''
    for (const { segment } of graphemes.segment(text)) {
      const whole = utf8.encode(segment).length < 6 ? replacementOf(segment) : undefined
      if (whole !== undefined) out += whole
      else for (const character of segment) out += replacementOf(character) ?? character
    }
    return out
  }
}
