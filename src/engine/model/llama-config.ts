import { z } from 'zod'
import { AppError } from '../../contract/errors.ts'
import { modelWeights } from './weight-names.ts'

/**
 * What the model graphs need of a Llama checkpoint's config.json.
 * Weight shapes: q [heads·headDim, hidden], k and v [kvHeads·headDim, hidden], o [hidden, heads·headDim],
 * gate and up [ffn, hidden], down [hidden, ffn], embeddings [vocab, hidden].
 */
export interface LlamaConfig {
  layers: number
  hidden: number
  heads: number
  kvHeads: number
  /** Even. Usually hidden / heads, but config.json may state another. */
  headDim: number
  ffn: number
  vocab: number
  rmsNormEps: number
  ropeTheta: number
  maxPositions: number
  tiedEmbeddings: boolean
  /** Biases on q, k, v and o. */
  attentionBias: boolean
  /** Biases on gate, up and down. */
  mlpBias: boolean
  bosTokenId?: number
  /** Those of config.json alone; the model folder merges the others. */
  eosTokenIds: number[]
  padTokenId?: number
  /** "float32", "bfloat16", …: what config.json says, which is not always what the weights are. */
  torchDtype: string
}

const size = z
  .number()
  .int()
  .min(1)
  .max(2 ** 31 - 1)
const tokenId = z
  .number()
  .int()
  .min(0)
  .max(2 ** 31 - 1)
const RopeParameters = z.record(z.string(), z.unknown())

const RawConfig = z.looseObject({
  model_type: z.string(),
  architectures: z.array(z.string()).nullish(),
  num_hidden_layers: size,
  hidden_size: size,
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  intermediate_size: size,
  vocab_size: size,
  // The defaults below are those of transformers' LlamaConfig; the sizes above have none on purpose.
  hidden_act: z.string().nullish(),
  rms_norm_eps: z.number().gt(0).lt(1).default(1e-6),
  rope_theta: z.number().gt(0).nullish(),
  rope_scaling: RopeParameters.nullish(),
  rope_parameters: RopeParameters.nullish(),
  max_position_embeddings: size.default(2048),
  tie_word_embeddings: z.boolean().default(false),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  bos_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
  pad_token_id: z.number().int().nullish(), // −1 stands for "none" in some older checkpoints
  torch_dtype: z.string().nullish(),
  dtype: z.string().nullish(),
})
type RawConfig = z.infer<typeof RawConfig>

/** Keys that leave the forward computation of a Llama as it is, whatever their value. */
const harmlessKeys = new Set([
  '_name_or_path',
  '_commit_hash',
  '_attn_implementation',
  '_attn_implementation_autoset',
  'attn_implementation',
  'transformers_version',
  'unsloth_version',
  'unsloth_fixed',
  'transformers.js_config',
  'model_name',
  'is_llama_config',
  'use_cache',
  'initializer_range',
  'attention_dropout',
  'hidden_dropout',
  'resid_pdrop',
  'embd_pdrop',
  'return_dict',
  'output_attentions',
  'output_hidden_states',
  'id2label',
  'label2id',
  'problem_type',
  'finetuning_task',
  'task_specific_params',
  'tokenizer_class',
  'prefix',
  'torchscript',
  // Generation settings that old checkpoints keep here; the loop states its own.
  'max_length',
  'min_length',
  'do_sample',
  'temperature',
  'top_k',
  'top_p',
  'repetition_penalty',
  'num_beams',
])

/** Keys that are harmless at one value only. */
const neutralValues: Record<string, (value: unknown) => boolean> = {
  pretraining_tp: (value) => value === 1,
  partial_rotary_factor: (value) => value === 1,
  chunk_size_feed_forward: (value) => value === 0,
  is_decoder: (value) => typeof value === 'boolean',
  rope_interleaved: (value) => value === false,
  layer_types: (value) => Array.isArray(value) && value.every((type) => type === 'full_attention'),
}

const knownKeys = new Set(Object.keys(RawConfig.shape))

const unsupported = (key: string, value: unknown, computes: string): AppError => {
  const shown = JSON.stringify(value)
  const short = shown.length > 120 ? `${shown.slice(0, 117)}…` : shown
  return new AppError(
    'MODEL_UNSUPPORTED',
    `config.json has "${key}": ${short}; this version computes ${computes}. Choose a checkpoint without it.`,
    { key, value: short },
  )
}

const broken = (message: string, data: Record<string, string | number> = {}): AppError =>
  new AppError('MODEL_BROKEN', `config.json: ${message}`, data)

/**
 * Parses config.json's content. Throws MODEL_UNSUPPORTED, naming the key, for whatever would change the maths, and
 * MODEL_BROKEN where a value is missing, of the wrong type, or contradicts another.
 */
export function parseLlamaConfig(json: unknown): LlamaConfig {
  const family = z.looseObject({ model_type: z.string() }).safeParse(json)
  if (!family.success)
    throw broken('expected an object with "model_type"; found none. Is this a Hugging Face model folder?')
  if (family.data.model_type !== 'llama')
    throw unsupported('model_type', family.data.model_type, 'Llama models ("llama")')
  const parsed = RawConfig.safeParse(json)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const key = issue?.path.join('.') ?? ''
    throw broken(`"${key}": ${issue?.message ?? 'not understood'}. Check that the file is complete.`, { key })
  }
  const raw = parsed.data
  refuseOtherMaths(raw)
  return crossCheck(raw)
}

function refuseOtherMaths(raw: RawConfig): void {
  for (const architecture of raw.architectures ?? []) {
    if (architecture !== 'LlamaForCausalLM')
      throw unsupported('architectures', raw.architectures, 'LlamaForCausalLM')
  }
  if (raw.hidden_act != null && raw.hidden_act !== 'silu' && raw.hidden_act !== 'swish') {
    throw unsupported('hidden_act', raw.hidden_act, 'the SiLU activation ("silu")')
  }
  for (const key of ['rope_scaling', 'rope_parameters'] as const) {
    for (const [name, value] of Object.entries(raw[key] ?? {})) {
      const plain =
        value == null || value === 'default'
          ? true
          : name === 'rope_theta'
            ? typeof value === 'number' && value > 0
            : name === 'partial_rotary_factor'
              ? value === 1
              : false
      if (!plain) throw unsupported(key, raw[key], 'plain rotary positions (null, or rope_type "default")')
    }
  }
  for (const [key, value] of Object.entries(raw)) {
    if (knownKeys.has(key) || harmlessKeys.has(key) || value === null || value === false) continue
    const neutral = neutralValues[key]
    if (neutral?.(value)) continue
    throw unsupported(
      key,
      value,
      neutral ? 'a Llama with that setting neutral' : 'a Llama without that setting',
    )
  }
}

function crossCheck(raw: RawConfig): LlamaConfig {
  const heads = raw.num_attention_heads
  const hidden = raw.hidden_size
  const kvHeads = raw.num_key_value_heads ?? heads
  if (raw.head_dim == null && hidden % heads !== 0) {
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
  const headDim = raw.head_dim ?? hidden / heads
  if (headDim % 2 !== 0) {
    throw broken(`expected an even head size, as rotary positions turn pairs of numbers; found ${headDim}.`, {
      headDim,
    })
  }
  const nestedTheta = raw.rope_parameters?.['rope_theta'] ?? raw.rope_scaling?.['rope_theta']
  if (raw.rope_theta != null && typeof nestedTheta === 'number' && nestedTheta !== raw.rope_theta) {
    throw broken(
      `"rope_theta" is ${raw.rope_theta} at the top and ${nestedTheta} in "rope_parameters". Keep one.`,
    )
  }
  const eos = raw.eos_token_id ?? []
  const config: LlamaConfig = {
    layers: raw.num_hidden_layers,
    hidden,
    heads,
    kvHeads,
    headDim,
    ffn: raw.intermediate_size,
    vocab: raw.vocab_size,
    rmsNormEps: raw.rms_norm_eps,
    ropeTheta: raw.rope_theta ?? (typeof nestedTheta === 'number' ? nestedTheta : 10_000),
    maxPositions: raw.max_position_embeddings,
    tiedEmbeddings: raw.tie_word_embeddings,
    attentionBias: raw.attention_bias,
    mlpBias: raw.mlp_bias,
    eosTokenIds: typeof eos === 'number' ? [eos] : eos,
    torchDtype: (raw.dtype ?? raw.torch_dtype ?? 'float32').replace(/^torch\./, ''),
  }
  if (raw.bos_token_id != null) config.bosTokenId = raw.bos_token_id
  if (raw.pad_token_id != null && raw.pad_token_id >= 0) config.padTokenId = raw.pad_token_id
  for (const id of [...config.eosTokenIds, ...(config.bosTokenId == null ? [] : [config.bosTokenId])]) {
    if (id >= config.vocab)
      throw broken(`token id ${id} is outside the vocabulary of ${config.vocab}.`, { id })
  }
  return config
}

/**
 * Every weight a checkpoint of this config must hold, with its shape, by the names transformers gives them.
 * `lm_head.weight` is in the list only where the head is not tied to the embeddings.
 */
export function expectedWeights(config: LlamaConfig): Map<string, number[]> {
  return new Map(modelWeights(config).map(({ name, shape }) => [name, [...shape]]))
}
