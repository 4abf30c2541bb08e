import { z } from 'zod'
import { readPart, unsupportedPart } from './json-part.ts'
import { MergeQueue } from './merge-queue.ts'
import { MergeTable } from './merge-table.ts'
import { noToken, type TokenModel } from './token-model.ts'
import { broken, Vocabulary } from './vocabulary.ts'

const BpePart = z.object({
  vocab: z.record(z.string(), z.number().int().min(0)),
  merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
  dropout: z.number().nullish(),
  unk_token: z.string().nullish(),
  continuing_subword_prefix: z.string().nullish(),
  end_of_word_suffix: z.string().nullish(),
  fuse_unk: z.boolean().default(false),
  byte_fallback: z.boolean().default(false),
  ignore_merges: z.boolean().default(false),
})

const cachedWords = 40_000
const longestCached = 64
const mostMerges = 2 ** 21

/**
 * Byte-pair encoding as `tokenizers` does it (models/bpe/model.rs and word.rs). Throws MODEL_BROKEN for merges that name
 * unknown tokens, MODEL_UNSUPPORTED for dropout.
 */
export function createBpe(json: unknown): TokenModel {
  const part = readPart(BpePart, json, 'model')
  if (part.dropout) throw unsupportedPart('model', 'BPE with dropout (other tokens each time)')
  if (part.merges.length > mostMerges) throw unsupportedPart('model', `BPE with over ${mostMerges} merges`)
  const entries = Object.entries(part.vocab)
  const vocabulary = new Vocabulary(entries, entries.length)
  const prefix = part.continuing_subword_prefix ?? ''
  const suffix = part.end_of_word_suffix ?? ''
  const table = new MergeTable(readMerges(part.merges, vocabulary, prefix))
  const unknown = part.unk_token == null ? undefined : vocabulary.id(part.unk_token)
  if (part.unk_token != null && unknown === undefined) {
    throw broken(
      `its unknown token ${JSON.stringify(part.unk_token)} is not in its vocabulary`,
      part.unk_token,
    )
  }

  /** The word's first ids, before any merge. */
  const symbols = (word: string): number[] => {
    const ids: number[] = []
    let pending = false
    const flush = (): void => {
      if (pending) ids.push(unknown!)
      pending = false
    }
    const characters = [...word]
    characters.forEach((character, i) => {
      const start = i > 0 ? prefix + character : character
      const symbol = i === characters.length - 1 ? start + suffix : start
      const id = vocabulary.id(symbol)
      if (id !== undefined) {
        flush()
        ids.push(id)
        return
      }
      const bytes = part.byte_fallback ? vocabulary.byteIds(symbol) : undefined
      // As there, bytes do not push out an unknown before them: it follows.
      if (bytes) ids.push(...bytes)
      else if (unknown === undefined) throw noToken(character)
      else {
        if (!part.fuse_unk) flush()
        pending = true
      }
    })
    flush()
    return ids
  }

  const merge = createMerger(table)
  const cache = new Map<string, number[]>()
  return {
    vocabulary,
    encode(word, ids) {
      const known = cache.get(word)
      if (known) {
        for (const id of known) ids.push(id)
        return
      }
      const whole = part.ignore_merges ? vocabulary.id(word) : undefined
      const encoded = whole === undefined ? merge(symbols(word)) : [whole]
      if (word.length <= longestCached) {
        if (cache.size >= cachedWords) cache.clear()
        cache.set(word, encoded)
      }
      for (const id of encoded) ids.push(id)
    },
  }
}

function readMerges(
  merges: z.infer<typeof BpePart>['merges'],
  vocabulary: Vocabulary,
  prefix: string,
): [number, number, number][] {
  const id = (token: string, merge: string): number => {
    const found = vocabulary.id(token)
    if (found === undefined)
      throw broken(
        `the merge ${JSON.stringify(merge)} names ${JSON.stringify(token)}, which is not in its vocabulary`,
        token,
      )
    return found
  }
  const read: [number, number, number][] = []
  for (const merge of merges) {
    if (typeof merge === 'string' && merge.startsWith('#version')) continue
    const [left, right, ...rest] = typeof merge === 'string' ? merge.split(' ') : merge
    const shown = typeof merge === 'string' ? merge : merge.join(' ')
    if (left === undefined || right === undefined || rest.length > 0)
      throw broken(`the merge ${JSON.stringify(shown)} is not two tokens`, shown)
    const continued = right.startsWith(prefix) ? right.slice(prefix.length) : right
    read.push([id(left, shown), id(right, shown), id(left + continued, shown)])
  }
  return read
}

/** Merges the pair of lowest rank, leftmost first, until none is left: n log n, for a word may be a whole text. */
function createMerger(table: MergeTable): (symbols: number[]) => number[] {
  const queue = new MergeQueue()
  let next = new Int32Array(64)
  let previous = new Int32Array(64)
  return (symbols) => {
    const count = symbols.length
    if (count < 2) return symbols
    if (count > next.length) {
      next = new Int32Array(2 * count)
      previous = new Int32Array(2 * count)
    }
    queue.clear()
    const consider = (left: number, right: number): void => {
      const rank = table.rank(symbols[left]!, symbols[right]!)
      if (rank >= 0) queue.push(rank, left)
    }
    for (let i = 0; i < count; i++) {
      previous[i] = i - 1
      next[i] = i + 1 < count ? i + 1 : -1
      if (i + 1 < count) consider(i, i + 1)
    }
    while (!queue.isEmpty) {
      const { rank, position } = queue.pop()
      const right = next[position]!
      // Entries grow stale when a neighbour merges first; a merged-away symbol has id −1 and no rank.
      if (right < 0 || table.rank(symbols[position]!, symbols[right]!) !== rank) continue
      symbols[position] = table.made[rank]!
      symbols[right] = -1
      const after = next[right]!
      next[right] = -1
      next[position] = after
      if (after >= 0) {
        previous[after] = position
        consider(position, after)
      }
      if (previous[position]! >= 0) consider(previous[position]!, position)
    }
    return symbols.filter((id) => id >= 0)
  }
}
