import { z } from 'zod'
import type { ModelConfig } from '../model-config.ts'
import { broken, type ConfigFields } from './config-fields.ts'

/** What every family's config.json says in the same words. */
export type CommonFields = Pick<
  ModelConfig,
  | 'layers'
  | 'hidden'
  | 'heads'
  | 'kvHeads'
  | 'headDim'
  | 'ffn'
  | 'vocab'
  | 'normEps'
  | 'maxPositions'
  | 'tiedEmbeddings'
  | 'bosTokenId'
  | 'eosTokenIds'
  | 'padTokenId'
  | 'torchDtype'
>

/** The defaults of a family's configuration class in transformers, where config.json may leave a key out. */
export interface CommonDefaults {
  normEps: number
  maxPositions: number
  tiedEmbeddings: boolean
  /** Where it is not hidden / heads. */
  headDim?: number
  /** Where it is not heads; a null in the file means heads all the same. */
  kvHeads?: number
}

const tokenId = z
  .number()
  .int()
  .min(0)
  .max(2 ** 31 - 1)

/** Reads sizes, ids and dtype, and checks them against each other. Throws MODEL_BROKEN with the numbers. */
export function readCommon(fields: ConfigFields, defaults: CommonDefaults): CommonFields {
  const heads = fields.size('num_attention_heads')
  const hidden = fields.size('hidden_size')
  const kvHeads = fields.maybeSize('num_key_value_heads', defaults.kvHeads) ?? heads
  const stated = fields.maybeSize('head_dim') ?? defaults.headDim
  if (stated === undefined && hidden % heads !== 0) {
    throw broken(
      `expected "hidden_size" to be a multiple of "num_attention_heads"; found ${hidden} and ${heads}. ` +
        'State "head_dim" if the heads have a size of their own.',
      { hidden, heads },
    )
  }
  if (heads % kvHeads !== 0) {
    throw broken(
      `expected "num_attention_heads" to be a multiple of "num_key_value_heads"; found ${heads} and ${kvHeads}.`,
      { heads, kvHeads },
    )
  }
  const headDim = stated ?? hidden / heads
  if (headDim % 2 !== 0) {
    throw broken(`expected an even head size, as rotary positions turn pairs of numbers; found ${headDim}.`, {
      headDim,
    })
  }
  const eos = fields.read('eos_token_id', z.union([tokenId, z.array(tokenId)]).nullish()) ?? []
  const bos = fields.read('bos_token_id', tokenId.nullish())
  const pad = fields.read('pad_token_id', z.number().int().nullish()) // −1 stands for "none" in some older checkpoints
  const torchDtype = fields.read('torch_dtype', z.string().nullish())
  const dtype = fields.read('dtype', z.string().nullish())
  const common: CommonFields = {
    layers: fields.size('num_hidden_layers'),
    hidden,
    heads,
    kvHeads,
    headDim,
    ffn: fields.size('intermediate_size'),
    vocab: fields.size('vocab_size'),
    normEps: fields.read('rms_norm_eps', z.number().gt(0).lt(1).nullish()) ?? defaults.normEps,
    maxPositions: fields.size('max_position_embeddings', defaults.maxPositions),
    tiedEmbeddings: fields.flag('tie_word_embeddings', defaults.tiedEmbeddings),
    eosTokenIds: typeof eos === 'number' ? [eos] : eos,
    torchDtype: (dtype ?? torchDtype ?? 'float32').replace(/^torch\./, ''),
  }
  if (bos != null) common.bosTokenId = bos
  if (pad != null && pad >= 0) common.padTokenId = pad
  for (const id of [...common.eosTokenIds, ...(bos == null ? [] : [bos])]) {
    if (id >= common.vocab)
      throw broken(`token id ${id} is outside the vocabulary of ${common.vocab}.`, { id })
  }
  return common
}
