import { z } from 'zod'
import { AppError } from '../../../contract/errors.ts'

/** Keys that leave the forward computation as it is, whatever their value, in every family. */
const harmlessKeys = new Set([
  'model_type',
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
  'cache_implementation',
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
  'auto_map',
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
  chunk_size_feed_forward: (value) => value === 0,
  is_decoder: (value) => typeof value === 'boolean',
  rope_interleaved: (value) => value === false,
}

export const broken = (message: string, data: Record<string, string | number> = {}): AppError =>
  new AppError('MODEL_BROKEN', `config.json: ${message}`, data)

export const unsupported = (key: string, value: unknown, computes: string): AppError => {
  const shown = JSON.stringify(value)
  const short = shown.length > 120 ? `${shown.slice(0, 117)}…` : shown
  return new AppError(
    'MODEL_UNSUPPORTED',
    `config.json has "${key}": ${short}; this version computes ${computes}. Choose a checkpoint without it.`,
    { key, value: short },
  )
}

/**
 * config.json's keys, read one by one. A key that a family neither reads nor knows to be harmless is refused by name in
 * `finish`: it might change the maths.
 */
export class ConfigFields {
  private readonly raw: Readonly<Record<string, unknown>>
  private readonly taken = new Set<string>()
  /** "a Llama": for messages. */
  readonly family: string

  constructor(raw: Readonly<Record<string, unknown>>, family: string) {
    this.raw = raw
    this.family = family
  }

  /** Throws MODEL_BROKEN, naming the key, where the value is not of the schema. */
  read<T>(key: string, schema: z.ZodType<T>): T {
    this.taken.add(key)
    const parsed = schema.safeParse(this.raw[key])
    if (parsed.success) return parsed.data
    const issue = parsed.error.issues[0]
    const path = [key, ...(issue?.path ?? [])].join('.')
    throw broken(`"${path}": ${issue?.message ?? 'not understood'}. Check that the file is complete.`, {
      key: path,
    })
  }

  /** A positive whole number; without a fallback it must be there. */
  size(key: string, fallback?: number): number {
    const value = this.read(key, fallback === undefined ? size : size.nullish())
    return value ?? fallback!
  }

  /** null where the file says null; the fallback where it says nothing. */
  maybeSize(key: string, fallback: number | null = null): number | null {
    const value = this.read(key, size.nullish())
    return value === undefined ? fallback : value
  }

  positive(key: string, fallback: number): number {
    return this.read(key, z.number().gt(0).nullish()) ?? fallback
  }

  number(key: string, fallback: number): number {
    return this.read(key, z.number().nullish()) ?? fallback
  }

  maybeNumber(key: string): number | null {
    return this.read(key, z.number().nullish()) ?? null
  }

  flag(key: string, fallback: boolean): boolean {
    return this.read(key, z.boolean().nullish()) ?? fallback
  }

  object(key: string): Record<string, unknown> | null {
    return this.read(key, z.record(z.string(), z.unknown()).nullish()) ?? null
  }

  /** What stands in the file, whatever it is; for error messages and for keys of several shapes. */
  value(key: string): unknown {
    this.taken.add(key)
    return this.raw[key]
  }

  /** Throws MODEL_UNSUPPORTED where the key is there with another value than those. null and absence pass. */
  expect(key: string, allowed: readonly unknown[], computes: string): void {
    const value = this.value(key)
    if (value != null && !allowed.includes(value)) throw unsupported(key, value, computes)
  }

  /** Every architecture must be the named one; a file without the key passes. */
  expectArchitecture(architecture: string): void {
    const named = this.read('architectures', z.array(z.string()).nullish()) ?? []
    if (named.some((name) => name !== architecture)) throw unsupported('architectures', named, architecture)
  }

  /** Refuses whatever was not read and is not known to be harmless. */
  finish(): void {
    for (const [key, value] of Object.entries(this.raw)) {
      if (this.taken.has(key) || harmlessKeys.has(key) || value === null || value === false) continue
      const neutral = neutralValues[key]
      if (neutral?.(value)) continue
      const what = neutral ? 'with that setting neutral' : 'without that setting'
      throw unsupported(key, value, `${this.family} ${what}`)
    }
  }
}

const size = z
  .number()
  .int()
  .min(1)
  .max(2 ** 31 - 1)
