import { z } from 'zod'
import { AppError } from '../../contract/errors.ts'

/** What generation_config.json says; a key is there only where the file states it. */
export interface GenerationDefaults {
  temperature?: number
  topK?: number
  topP?: number
  maxNewTokens?: number
  /** transformers samples only where this is true; elsewhere it is greedy whatever the temperature. */
  doSample: boolean
  eosTokenIds: number[]
  /** Stated settings that would change the answers and are not applied here, as `name: value`. */
  ignored: string[]
}

const tokenId = z.number().int().min(0)
const RawGenerationConfig = z.looseObject({
  eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
  temperature: z.number().min(0).nullish(),
  top_k: z.number().int().min(0).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  max_new_tokens: z.number().int().min(1).nullish(),
  do_sample: z.boolean().nullish(),
})

/** Keys that change which token comes next, with the value at which they do nothing. */
const neutral: Record<string, unknown> = {
  repetition_penalty: 1,
  no_repeat_ngram_size: 0,
  min_p: 0,
  typical_p: 1,
  epsilon_cutoff: 0,
  eta_cutoff: 0,
  num_beams: 1,
  min_length: 0,
  min_new_tokens: 0,
  penalty_alpha: 0,
  guidance_scale: 1,
  bad_words_ids: null,
  suppress_tokens: null,
  begin_suppress_tokens: null,
  forced_bos_token_id: null,
  forced_eos_token_id: null,
  sequence_bias: null,
  stop_strings: null,
}

/** Parses generation_config.json's content (`undefined` = no such file). Throws MODEL_BROKEN for wrong types. */
export function parseGenerationConfig(json: unknown): GenerationDefaults {
  const parsed = RawGenerationConfig.safeParse(json ?? {})
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const key = issue?.path.join('.') ?? ''
    throw new AppError(
      'MODEL_BROKEN',
      `generation_config.json: "${key}": ${issue?.message ?? 'not understood'}.`,
      { key },
    )
  }
  const raw = parsed.data
  const eos = raw.eos_token_id ?? []
  const defaults: GenerationDefaults = {
    doSample: raw.do_sample ?? false,
    eosTokenIds: typeof eos === 'number' ? [eos] : eos,
    ignored: [],
  }
  if (raw.temperature != null) defaults.temperature = raw.temperature
  if (raw.top_k != null) defaults.topK = raw.top_k
  if (raw.top_p != null) defaults.topP = raw.top_p
  if (raw.max_new_tokens != null) defaults.maxNewTokens = raw.max_new_tokens
  for (const [key, idle] of Object.entries(neutral)) {
    const value = raw[key]
    if (value != null && value !== idle) defaults.ignored.push(`${key}: ${JSON.stringify(value)}`)
  }
  return defaults
}
