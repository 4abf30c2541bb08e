import { z } from 'zod'
import { readPart, unsupportedPart } from './json-part.ts'

/** Special tokens that `tokenizer.encode(text)` of transformers puts around a text where it is not told otherwise. */
export interface Framing {
  before: readonly number[]
  after: readonly number[]
}

const TokenAndId = z.tuple([z.string(), z.number().int()])
const Pair = z.looseObject({ sep: TokenAndId, cls: TokenAndId })
const Nested = z.looseObject({ processors: z.array(z.looseObject({ type: z.string() })) })
const Piece = z.union([
  z.object({ SpecialToken: z.looseObject({ id: z.string() }) }),
  z.object({ Sequence: z.looseObject({ id: z.string() }) }),
])
const Template = z.looseObject({
  single: z.array(Piece),
  special_tokens: z.record(z.string(), z.looseObject({ ids: z.array(z.number().int()) })),
})

const none: Framing = { before: [], after: [] }

/** What a tokenizer.json's `post_processor` adds to a single text. Throws MODEL_UNSUPPORTED or MODEL_BROKEN. */
export function readFraming(json: unknown): Framing {
  if (json == null) return none
  const { type } = readPart(z.looseObject({ type: z.string() }), json, 'post_processor')
  switch (type) {
    case 'ByteLevel': // offsets alone
      return none
    case 'Sequence':
      return readPart(Nested, json, 'post_processor')
        .processors.map(readFraming)
        .reduce(
          (inner, outer) => ({
            before: [...outer.before, ...inner.before],
            after: [...inner.after, ...outer.after],
          }),
          none,
        )
    case 'BertProcessing':
    case 'RobertaProcessing': {
      const { cls, sep } = readPart(Pair, json, 'post_processor')
      return { before: [cls[1]], after: [sep[1]] }
    }
    case 'TemplateProcessing': {
      const { single, special_tokens: tokens } = readPart(Template, json, 'post_processor')
      const text = single.findIndex((piece) => 'Sequence' in piece)
      if (text < 0) throw unsupportedPart('post_processor', 'a template without the text')
      const idsOf = (pieces: typeof single) =>
        pieces.flatMap((piece) => {
          if (!('SpecialToken' in piece))
            throw unsupportedPart('post_processor', 'a template with the text twice')
          const token = tokens[piece.SpecialToken.id]
          if (!token) throw unsupportedPart('post_processor', `the unknown token ${piece.SpecialToken.id}`)
          return token.ids
        })
      return { before: idsOf(single.slice(0, text)), after: idsOf(single.slice(text + 1)) }
    }
    default:
      throw unsupportedPart('post_processor', type)
  }
}
