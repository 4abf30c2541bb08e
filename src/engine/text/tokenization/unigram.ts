import { z } from 'zod'
import { AppError } from '../../../contract/errors.ts'
import { readPart } from './json-part.ts'
import { noToken, type TokenModel } from './token-model.ts'
import { emptyNode, nodeOf, type TrieNode } from './token-trie.ts'
import { Vocabulary } from './vocabulary.ts'

const UnigramPart = z.object({
  vocab: z.array(z.tuple([z.string(), z.number()])),
  unk_id: z.number().int().min(0).nullish(),
  byte_fallback: z.boolean().default(false),
})

/** How much worse than the worst token an unknown character is (models/unigram/model.rs, K_UNK_PENALTY). */
const unknownPenalty = 10

/** The most probable segmentation under a unigram language model (models/unigram/model.rs, encode_optimized). */
export function createUnigram(json: unknown): TokenModel {
  const part = readPart(UnigramPart, json, 'model')
  if (part.vocab.length === 0) throw new AppError('MODEL_BROKEN', 'tokenizer.json: its vocabulary is empty.')
  const unknown = part.unk_id ?? undefined
  if (unknown !== undefined && unknown >= part.vocab.length) {
    throw new AppError(
      'MODEL_BROKEN',
      `tokenizer.json: its unk_id is ${unknown}, but its vocabulary has ${part.vocab.length} tokens.`,
    )
  }
  const vocabulary = new Vocabulary(
    part.vocab.map(([token], id) => [token, id] as const),
    part.vocab.length,
  )
  const scores = Float64Array.from(part.vocab, ([, score]) => score)
  const unknownScore = scores.reduce((least, score) => Math.min(least, score), Infinity) - unknownPenalty
  const root = emptyNode()
  for (const [id, [token]] of part.vocab.entries()) if (token !== '') nodeOf(root, token).id = id

  const best = (text: string): { starts: Int32Array; ids: Int32Array } => {
    const size = text.length
    const score = new Float64Array(size + 1)
    const starts = new Int32Array(size + 1).fill(-1)
    const ids = new Int32Array(size + 1)
    for (let at = 0; at < size;) {
      const length = text.codePointAt(at)! > 0xffff ? 2 : 1
      const offer = (end: number, candidate: number, id: number): void => {
        if (starts[end]! >= 0 && candidate <= score[end]!) return
        score[end] = candidate
        starts[end] = at
        ids[end] = id
      }
      let isKnown = false
      let node: TrieNode | undefined = root
      for (let end = at; end < size;) {
        node = node.children.get(text.charCodeAt(end++))
        if (!node) break
        if (node.id < 0) continue
        offer(end, scores[node.id]! + score[at]!, node.id)
        if (end - at === length) isKnown = true
      }
      if (!isKnown) {
        if (unknown === undefined) throw noToken(text.slice(at, at + length))
        offer(at + length, unknownScore + score[at]!, unknown)
      }
      at += length
    }
    return { starts, ids }
  }

  return {
    vocabulary,
    encode(word, into) {
      if (word === '') return
      const { starts, ids } = best(word)
      const found: { text: string; id: number }[] = []
      for (let end = word.length; end > 0; end = starts[end]!) {
        const text = word.slice(starts[end], end)
        const id = ids[end]!
        const last = found.at(-1)
        // Unknown neighbours are one unknown.
        if (id === unknown && last?.id === unknown) last.text = text + last.text
        else found.push({ text, id })
      }
      for (const { text, id } of found.reverse()) {
        // A run of unknown text may, as a whole, be the text of a token.
        const exact = id === unknown ? vocabulary.id(text) : id
        const bytes = exact === undefined && part.byte_fallback ? vocabulary.byteIds(text) : undefined
        if (bytes) into.push(...bytes)
        else into.push(exact ?? id)
      }
    },
  }
}
