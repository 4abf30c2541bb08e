import { ConfigFields } from '../families/config-fields.ts'
import { readPhi3Rope } from '../families/phi3.ts'
import { readRope, type RopeParameters } from '../families/rope.ts'
import type { LayerKind, ModelConfig } from '../model-config.ts'
import { type Architecture, architectureOf, cannotExpress } from './architecture.ts'
import { float32, type Metadata, text, uint32 } from './metadata.ts'

/** Rotary keys and tensors of a GGUF file. Tensors are vectors of [rotary size / 2] divisors of the plain frequencies. */
export interface RotaryParts {
  metadata: Metadata
  tensors: Map<string, Float32Array>
}

/**
 * What llama.cpp reads of rotary positions (llama_model_base::load_hparams and get_rope_factors). It reads no yarn ramp:
 * beta_fast is 32, beta_slow 1, both bounds whole numbers.
 */
interface RotaryPlan {
  theta: number
  /** Of layers with a window. */
  localTheta?: number
  scaling?: { type: 'linear' | 'yarn'; factor: number }
  originalContext?: number
  attentionFactor?: number
  /** rope_freqs, for texts of every length. */
  divisors?: Float64Array
  /** rope_factors_short and _long, by whether the context is longer than `originalContext`. */
  byLength?: { short: readonly number[]; long: readonly number[] }
}

/**
 * The scaling that config.json states is written in llama.cpp's own keys where these give the frequencies that the model
 * has, and as a tensor of divisors where not and the architecture takes one. Throws MODEL_UNSUPPORTED elsewhere.
 */
export function rotaryParts(configJson: Record<string, unknown>, config: ModelConfig): RotaryParts {
  const architecture = architectureOf(config)
  const size = 2 * config.layerKinds[0]!.rope.inverseFrequencies.length
  if (size !== config.headDim && architecture !== 'phi3')
    throw cannotExpress(config, `only ${size} of the ${config.headDim} numbers of a head are rotated`)
  const plans = [statedPlan(configJson, config), dividedPlan(configJson, config)]
  const plan = plans.find((one) => one !== null && givesFrequencies(one, config))
  if (!plan) throw cannotExpress(config, `rotary positions "${describe(configJson)}" with these parameters`)
  return writePlan(plan, architecture, size)
}

function readParameters(configJson: Record<string, unknown>, config: ModelConfig): RopeParameters {
  const fields = new ConfigFields(configJson, config.architecture)
  switch (config.family) {
    case 'gemma3':
      return readRope(fields, { theta: 1_000_000, nested: 'full_attention' })
    case 'phi3':
      return readPhi3Rope(fields)
    default:
      return readRope(fields, { theta: 10_000 })
  }
}

const describe = (configJson: Record<string, unknown>): string =>
  JSON.stringify(configJson['rope_parameters'] ?? configJson['rope_scaling'] ?? 'default')

const slidingKind = ({ layerKinds }: ModelConfig): LayerKind | undefined =>
  layerKinds.find(({ window }) => window !== null)

/** Layers whose frequencies llama.cpp takes from the main keys. */
const mainKind = (config: ModelConfig): LayerKind =>
  config.layerKinds.find(({ window }) => window === null) ?? config.layerKinds[0]!

/** θ of unscaled frequencies θ^(−2i / size), from the second of them. */
function thetaOf(frequencies: Float64Array): number {
  const second = frequencies[1] ?? 1
  return second ** -frequencies.length
}

function statedPlan(configJson: Record<string, unknown>, config: ModelConfig): RotaryPlan {
  const parameters = readParameters(configJson, config)
  const sliding = slidingKind(config)
  const plan: RotaryPlan = { theta: parameters.rope_theta! }
  if (config.family === 'gemma3' && sliding) plan.localTheta = thetaOf(sliding.rope.inverseFrequencies)
  const original = parameters.original_max_position_embeddings ?? config.maxPositions
  const factor = parameters.factor ?? config.maxPositions / original
  const { attentionFactor } = mainKind(config).rope
  const type = parameters.rope_type
  if (type === 'linear') plan.scaling = { type, factor }
  if (type === 'yarn') {
    plan.scaling = { type, factor }
    plan.originalContext = original
    const builtIn = 1 + 0.1 * Math.log(Math.max(factor, 1))
    if (Math.abs(attentionFactor / builtIn - 1) > 1e-6) plan.attentionFactor = attentionFactor / builtIn
  }
  if (type === 'longrope' && parameters.short_factor && parameters.long_factor) {
    plan.byLength = { short: parameters.short_factor, long: parameters.long_factor }
    plan.originalContext = original
    plan.attentionFactor = attentionFactor
  }
  // Phi-3's own converter states it always.
  if (config.family === 'phi3') plan.originalContext = original
  return plan
}

/** Whatever the scaling is, as one divisor for each frequency: exact, but only some graphs of llama.cpp read it. */
function dividedPlan(configJson: Record<string, unknown>, config: ModelConfig): RotaryPlan | null {
  const architecture = architectureOf(config)
  if (architecture !== 'llama' && architecture !== 'phi3') return null
  const theta = readParameters(configJson, config).rope_theta!
  const { inverseFrequencies, attentionFactor } = mainKind(config).rope
  const divisors = plainFrequencies(theta, inverseFrequencies.length).map(
    (f, i) => f / inverseFrequencies[i]!,
  )
  const plan: RotaryPlan = { theta }
  if (attentionFactor !== 1) plan.attentionFactor = attentionFactor
  if (architecture === 'llama') return { ...plan, divisors }
  const both = [...divisors]
  return { ...plan, byLength: { short: both, long: both }, originalContext: config.maxPositions }
}

const plainFrequencies = (theta: number, pairs: number): Float64Array =>
  Float64Array.from({ length: pairs }, (_, i) => theta ** (-i / pairs))

/** llama.cpp computes angles in float32, step by step from θ: closer than this it cannot be told. */
const tolerance = 1e-5

/** Whether llama.cpp, reading this plan, turns every kind of layer as the model does. */
function givesFrequencies(plan: RotaryPlan, config: ModelConfig): boolean {
  return config.layerKinds.every((kind) => {
    // Gemma 3's local layers have a θ of their own and no scaling; elsewhere all layers turn alike.
    const isLocal = plan.localTheta !== undefined && kind.window !== null
    const found = llamaCppRope(
      isLocal ? { theta: plan.localTheta! } : plan,
      kind.rope.inverseFrequencies.length,
    )
    // A yarn ramp is one setting of the whole graph.
    const clean = !isLocal || plan.scaling?.type !== 'yarn'
    return (
      clean &&
      Math.abs(found.attentionFactor / kind.rope.attentionFactor - 1) < tolerance &&
      found.inverseFrequencies.every((f, i) => Math.abs(f / kind.rope.inverseFrequencies[i]! - 1) < tolerance)
    )
  })
}

/** ggml_rope_cache_init and rope_yarn of ggml/src/ggml-cpu/ops.cpp, as frequencies; short texts. */
function llamaCppRope(plan: RotaryPlan, pairs: number) {
  const divisors = plan.divisors ?? plan.byLength?.short
  const plain = plainFrequencies(plan.theta, pairs).map((f, i) => f / (divisors?.[i] ?? 1))
  const stated = plan.attentionFactor ?? 1
  if (plan.scaling?.type !== 'yarn')
    return { inverseFrequencies: plain.map((f) => f / (plan.scaling?.factor ?? 1)), attentionFactor: stated }
  const { factor } = plan.scaling
  const dimensionOf = (rotations: number): number =>
    (pairs * Math.log(plan.originalContext! / (rotations * 2 * Math.PI))) / Math.log(plan.theta)
  const low = Math.max(0, Math.floor(dimensionOf(32)))
  const high = Math.min(2 * pairs - 1, Math.ceil(dimensionOf(1)))
  return {
    inverseFrequencies: plain.map((f, i) => {
      const ramp = Math.min(1, Math.max(0, (i - low) / Math.max(0.001, high - low)))
      return (f / factor) * ramp + f * (1 - ramp)
    }),
    attentionFactor: stated * (1 + 0.1 * Math.log(Math.max(factor, 1))),
  }
}

function writePlan(plan: RotaryPlan, architecture: Architecture, size: number): RotaryParts {
  const metadata: Metadata = new Map()
  const set = (key: string, value: ReturnType<typeof uint32>): unknown =>
    metadata.set(`${architecture}.rope.${key}`, value)
  set('dimension_count', uint32(size))
  set('freq_base', float32(plan.theta))
  if (plan.localTheta !== undefined) set('freq_base_swa', float32(plan.localTheta))
  if (plan.scaling) {
    set('scaling.type', text(plan.scaling.type))
    set('scaling.factor', float32(plan.scaling.factor))
  } else if (plan.byLength) set('scaling.type', text('longrope'))
  if (plan.originalContext !== undefined) set('scaling.original_context_length', uint32(plan.originalContext))
  if (plan.attentionFactor !== undefined) set('scaling.attn_factor', float32(plan.attentionFactor))
  const tensors = new Map<string, Float32Array>()
  if (plan.divisors) tensors.set('rope_freqs.weight', Float32Array.from(plan.divisors))
  if (plan.byLength) {
    tensors.set('rope_factors_long.weight', Float32Array.from(plan.byLength.long))
    tensors.set('rope_factors_short.weight', Float32Array.from(plan.byLength.short))
  }
  return { metadata, tensors }
}
