import { z } from 'zod'
import { readPart } from './json-part.ts'
import { noToken, type TokenModel } from './token-model.ts'
import { Vocabulary } from './vocabulary.ts'

const WordLevelPart = z.object({
  vocab: z.record(z.string(), z.number().int().min(0)),
  unk_token: z.string(),
})

/** One token a word; other words become the unknown token. */
export function createWordLevel(json: unknown): TokenModel {
  const part = readPart(WordLevelPart, json, 'model')
  const entries = Object.entries(part.vocab)
  const vocabulary = new Vocabulary(entries, entries.length)
  const unknown = vocabulary.id(part.unk_token)
  return {
    vocabulary,
    encode(word, ids) {
      const id = vocabulary.id(word) ?? unknown
      if (id === undefined) throw noToken(word)
      ids.push(id)
    },
  }
}
