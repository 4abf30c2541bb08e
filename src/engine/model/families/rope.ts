import { z } from 'zod'
import type { Rope } from '../model-config.ts'
import { broken, type ConfigFields, unsupported } from './config-fields.ts'

/**
 * Rotary scalings of transformers (modeling_rope_utils.py), each worked into inverse frequencies and one factor.
 * r = rotary size of a head (headDim, or a part of it), i = pair, θ = rope_theta.
 */

export interface RopeContext {
  headDim: number
  maxPositions: number
  /**
   * Tokens of the longest sequence of the job. "dynamic" and "longrope" choose their frequencies by the length that is
   * computed: up to the model's original length the plain or short ones, above it those for a sequence of this length.
   * transformers chooses anew in the middle of a sequence that grows over the limit ("dynamic" keeps keys that were turned
   * by the old frequencies; Phi-3 reads the whole sequence again) and for a whole batch by its longest row. Here one choice
   * holds for the whole job, so that a row never depends on its neighbours.
   */
  contextLength: number
}

const positive = z.number().gt(0)
const RopeParameters = z.looseObject({
  rope_type: z.string().nullish(),
  type: z.string().nullish(), // transformers before 4.45
  rope_theta: positive.nullish(),
  partial_rotary_factor: z.number().gt(0).max(1).nullish(),
  factor: positive.nullish(),
  original_max_position_embeddings: positive.nullish(),
  attention_factor: z.number().nullish(),
  beta_fast: z.number().nullish(),
  beta_slow: z.number().nullish(),
  mscale: z.number().nullish(),
  mscale_all_dim: z.number().nullish(),
  truncate: z.boolean().nullish(),
  low_freq_factor: positive.nullish(),
  high_freq_factor: positive.nullish(),
  short_factor: z.array(positive).nullish(),
  long_factor: z.array(positive).nullish(),
})
export type RopeParameters = z.infer<typeof RopeParameters>
const knownParameters = new Set(Object.keys(RopeParameters.shape))

export interface RopeOptions {
  /** Where the file states none. */
  theta: number
  /** Where rope_parameters has one entry per layer type: the entry to read. */
  nested?: string
  /** What stands outside rope_parameters is not of this entry. */
  onlyNested?: boolean
  /** Other names of a type in this family. */
  aliases?: Readonly<Record<string, string>>
  /** Whether this family may turn the first part of a head only; transformers ignores the key in the others. */
  partial?: boolean
}

/**
 * rope_theta, rope_scaling (transformers 4) or rope_parameters (5), and partial_rotary_factor, as one set of parameters
 * with `rope_type` set. As in transformers 5, rope_scaling goes before rope_parameters where a file has both.
 */
export function readRope(fields: ConfigFields, options: RopeOptions): RopeParameters {
  const { theta, nested, onlyNested = false, aliases = {}, partial: mayBePartial = false } = options
  const top = fields.read('rope_theta', positive.nullish())
  const partial = fields.read('partial_rotary_factor', z.number().gt(0).max(1).nullish())
  const original = fields.read('original_max_position_embeddings', positive.nullish())
  const scaling = onlyNested ? null : nonEmpty(fields.object('rope_scaling'))
  const all = nonEmpty(fields.object('rope_parameters'))
  if (all && isNested(all) !== (nested !== undefined)) {
    const expected = nested === undefined ? 'one rope for all layers' : 'a rope for each type of layers'
    throw unsupported('rope_parameters', all, expected)
  }
  const own = nested === undefined ? all : nonEmpty(all?.[nested])
  const source = nested === undefined ? (scaling ?? own ?? {}) : { ...own, ...scaling }
  const key = scaling ? 'rope_scaling' : 'rope_parameters'
  const parsed = RopeParameters.safeParse(source)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw broken(`"${key}.${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'not understood'}.`, { key })
  }
  const stated = parsed.data.rope_type ?? parsed.data.type ?? 'default'
  const type = Object.hasOwn(aliases, stated) ? aliases[stated]! : stated
  const known = Object.entries(parsed.data).every(
    ([name, value]) => value == null || knownParameters.has(name),
  )
  if (!known || !Object.hasOwn(resolvers, type))
    throw unsupported(
      key,
      source,
      `the rope types ${Object.keys(resolvers).join(', ')} with their parameters`,
    )
  if (top != null && parsed.data.rope_theta != null && nested === undefined && parsed.data.rope_theta !== top)
    throw broken(`"rope_theta" is ${top} at the top and ${parsed.data.rope_theta} in "${key}". Keep one.`)
  const rotated = parsed.data.partial_rotary_factor ?? partial ?? 1
  if (!mayBePartial && rotated !== 1)
    throw unsupported('partial_rotary_factor', rotated, `${fields.family} that turns whole heads`)
  return {
    ...parsed.data,
    rope_type: type,
    rope_theta: parsed.data.rope_theta ?? (onlyNested ? null : top) ?? theta,
    partial_rotary_factor: rotated,
    // Phi-3 states it outside, and there that one counts.
    original_max_position_embeddings: original ?? parsed.data.original_max_position_embeddings,
  }
}

/** `readRope`, resolved for heads and lengths of this model. */
export function parseRope(
  fields: ConfigFields,
  { headDim, maxPositions }: Pick<RopeContext, 'headDim' | 'maxPositions'>,
  { contextLength = 0, ...options }: RopeOptions & { contextLength?: number | undefined },
): Rope {
  return resolveRope(readRope(fields, options), { headDim, maxPositions, contextLength })
}

const nonEmpty = (value: unknown): Record<string, unknown> | null =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0
    ? (value as Record<string, unknown>)
    : null

const isNested = (parameters: Record<string, unknown>): boolean =>
  Object.keys(parameters).some((key) => key.endsWith('_attention'))

/** Of parameters that `readRope` has checked. Throws MODEL_BROKEN where one is missing. */
export function resolveRope(parameters: RopeParameters, context: RopeContext): Rope {
  const type = parameters.rope_type ?? parameters.type ?? 'default'
  const resolve = resolvers[type]!
  const size = Math.trunc(context.headDim * (parameters.partial_rotary_factor ?? 1))
  if (size < 2 || size % 2 !== 0)
    throw broken(`expected an even number of rotated numbers a head; "partial_rotary_factor" gives ${size}.`)
  const rope = resolve(parameters, context, size)
  return type === 'dynamic' || type === 'longrope' ? { ...rope, byLength: true } : rope
}

type Resolver = (parameters: RopeParameters, context: RopeContext, size: number) => Rope

const plain = (theta: number, size: number): Float64Array =>
  Float64Array.from({ length: size / 2 }, (_, i) => theta ** ((-2 * i) / size))

const needed = (parameters: RopeParameters, key: keyof RopeParameters): number => {
  const value = parameters[key]
  if (typeof value === 'number') return value
  throw broken(
    `rope type "${parameters.rope_type ?? parameters.type}" wants "${String(key)}"; it is missing.`,
  )
}

const resolvers: Record<string, Resolver> = {
  default: ({ rope_theta: theta }, _, size) => ({
    inverseFrequencies: plain(theta!, size),
    attentionFactor: 1,
  }),
  linear: (parameters, _, size) => {
    const factor = needed(parameters, 'factor')
    return {
      inverseFrequencies: plain(parameters.rope_theta!, size).map((f) => f / factor),
      attentionFactor: 1,
    }
  },
  // NTK-aware: θ grows with the length beyond max_position_embeddings.
  dynamic: (parameters, { maxPositions, contextLength }, size) => {
    const factor = needed(parameters, 'factor')
    const length = Math.max(contextLength, maxPositions)
    const grown = ((factor * length) / maxPositions - (factor - 1)) ** (size / (size - 2))
    return { inverseFrequencies: plain(parameters.rope_theta! * grown, size), attentionFactor: 1 }
  },
  // Long wavelengths are divided by the factor, short ones kept, those between blended (Llama 3.1).
  llama3: (parameters, { maxPositions }, size) => {
    const factor = needed(parameters, 'factor')
    const low = needed(parameters, 'low_freq_factor')
    const high = needed(parameters, 'high_freq_factor')
    const original = parameters.original_max_position_embeddings ?? maxPositions
    const inverseFrequencies = plain(parameters.rope_theta!, size).map((f) => {
      const wavelength = (2 * Math.PI) / f
      if (wavelength < original / high) return f
      if (wavelength > original / low) return f / factor
      const smooth = (original / wavelength - low) / (high - low)
      return ((1 - smooth) * f) / factor + smooth * f
    })
    return { inverseFrequencies, attentionFactor: 1 }
  },
  yarn: (parameters, { maxPositions }, size) => {
    const original = parameters.original_max_position_embeddings ?? maxPositions
    const factor = parameters.factor ?? maxPositions / original
    const theta = parameters.rope_theta!
    const { mscale, mscale_all_dim: mscaleAll } = parameters
    const scaleOf = (scale: number, by = 1): number => (scale <= 1 ? 1 : 0.1 * by * Math.log(scale) + 1)
    const attentionFactor =
      parameters.attention_factor ??
      (mscale && mscaleAll ? scaleOf(factor, mscale) / scaleOf(factor, mscaleAll) : scaleOf(factor))
    const dimensionOf = (rotations: number): number =>
      (size * Math.log(original / (rotations * 2 * Math.PI))) / (2 * Math.log(theta))
    const whole = parameters.truncate ?? true
    const first = dimensionOf(parameters.beta_fast || 32)
    const last = dimensionOf(parameters.beta_slow || 1)
    const low = Math.max(whole ? Math.floor(first) : first, 0)
    const high = Math.min(whole ? Math.ceil(last) : last, size - 1)
    const inverseFrequencies = plain(theta, size).map((f, i) => {
      const ramp = Math.min(1, Math.max(0, (i - low) / (high === low ? 0.001 : high - low)))
      return (f / factor) * ramp + f * (1 - ramp)
    })
    return { inverseFrequencies, attentionFactor }
  },
  longrope: (parameters, { maxPositions, contextLength }, size) => {
    const original = parameters.original_max_position_embeddings ?? maxPositions
    const factor = parameters.factor ?? maxPositions / original
    const isLong = contextLength > original
    const divisors = isLong ? parameters.long_factor : parameters.short_factor
    if (divisors?.length !== size / 2)
      throw broken(
        `rope type "longrope" wants ${size / 2} numbers in "${isLong ? 'long' : 'short'}_factor"; found ${divisors?.length ?? 'none'}.`,
      )
    return {
      inverseFrequencies: plain(parameters.rope_theta!, size).map((f, i) => f / divisors[i]!),
      attentionFactor:
        parameters.attention_factor ??
        (factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original))),
    }
  },
}
