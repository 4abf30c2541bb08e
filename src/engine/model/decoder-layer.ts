import * as t from '../tensor/build.ts'
import type { Dtype } from '../tensor/dtype.ts'
import type { Value } from '../tensor/graph.ts'
import type { ModelConfig } from './model-config.ts'

/**
 * The one description of a layer, for every family: training, scoring and generation differ only in `attend` and in
 * where the weights come from.
 * T = rows of the flat hidden state: B·S when a whole batch is read, B when one token per row is decoded.
 */

/** q [T, H·hd], k and v [T, Hkv·hd], not yet rotated → o [T, H·hd] in the type of v. */
export type Attend = (q: Value, k: Value, v: Value) => Value

/** A layer's weights by their module name without prefix (see weight-names.ts). */
export interface LayerWeights {
  /** x [T, in] → [T, out]: the matrix of this module, its bias, and its adapter where there is one. */
  linear(x: Value, module: string): Value
  /** A norm's weight: "input_layernorm". */
  norm(module: string): Value
}

/**
 * Plain weights, by full name ("self_attn.q_proj.weight"); a bias is used where `weight` has one. Each takes the type of what
 * it is multiplied with.
 */
export function plainWeights(
  weight: (name: string) => Value,
  hasBias: (module: string) => boolean,
): LayerWeights {
  return {
    linear: (x, module) =>
      t.gemm(x, t.cast(weight(`${module}.weight`), x.dtype), {
        transB: true,
        bias: hasBias(module) ? t.cast(weight(`${module}.bias`), x.dtype) : undefined,
      }),
    norm: (module) => weight(`${module}.weight`),
  }
}

/** Which modules of a config carry a bias. */
export function biasOf({ biases }: ModelConfig): (module: string) => boolean {
  return (module) =>
    module === 'self_attn.o_proj' ? biases.o : module.startsWith('self_attn') ? biases.qkv : biases.mlp
}

/**
 * `compute` is the type of products, attention and activations; the residual stream and the norms stay in the type of x, as
 * torch.autocast has it for float32 weights.
 */
export function decoderLayer(
  config: ModelConfig,
  x: Value,
  weights: LayerWeights,
  attend: Attend,
  compute: Dtype = x.dtype,
): Value {
  return layerOutput(config, x, weights, mixedHeads(config, x, weights, attend, compute), compute)
}

/** The first half of a layer: what its heads gathered, o [T, H·hd] in the type of v. */
export function mixedHeads(
  config: ModelConfig,
  x: Value,
  weights: LayerWeights,
  attend: Attend,
  compute: Dtype = x.dtype,
): Value {
  const a = rootMeanSquareNorm(config, x, weights.norm('input_layernorm')) // [T, D]
  return attend(...queryKeyValue(config, a, linearIn(weights, compute), weights))
}

/** The rest of it, row by row: x [T, D] and what its heads gathered → [T, D]. */
export function layerOutput(
  config: ModelConfig,
  x: Value,
  weights: LayerWeights,
  mixed: Value,
  compute: Dtype = x.dtype,
): Value {
  const { sandwichNorms } = config
  const linear = linearIn(weights, compute)
  const norm = (value: Value, module: string) => rootMeanSquareNorm(config, value, weights.norm(module))

  const attended = t.cast(linear(mixed, 'self_attn.o_proj'), x.dtype)
  const h = t.add(x, sandwichNorms ? norm(attended, 'post_attention_layernorm') : attended) // [T, D]

  const m = norm(h, sandwichNorms ? 'pre_feedforward_layernorm' : 'post_attention_layernorm')
  const [gate, up] = gateAndUp(config, m, linear) // [T, F]
  // gelu's x³ leaves f16's range where x is 40.
  const active =
    config.activation === 'silu' ? t.silu(gate) : t.cast(t.geluTanh(t.cast(gate, x.dtype)), compute)
  const down = t.cast(linear(t.mul(active, up), 'mlp.down_proj'), x.dtype)
  return t.add(h, sandwichNorms ? norm(down, 'post_feedforward_layernorm') : down)
}

/** x [T, D] → logits [T, V]. `finalNorm` and `head` are the weights as they are stored. */
export function decoderHead(config: ModelConfig, x: Value, finalNorm: Value, head: Value): Value {
  const logits = t.gemm(rootMeanSquareNorm(config, x, finalNorm), head, { transB: true })
  return config.logitSoftcap === null ? logits : softcapped(logits, config.logitSoftcap)
}

/** cap·tanh(x / cap) (Gemma 2). */
export const softcapped = (x: Value, cap: number): Value => t.scale(t.tanh(t.scale(x, 1 / cap)), cap)

function rootMeanSquareNorm(config: ModelConfig, x: Value, weight: Value): Value {
  const factor = config.normOffset === 0 ? weight : t.add(weight, weight.graph.scalar(1, weight.dtype))
  return t.rmsNorm(x, factor, config.normEps)
}

type Linear = (x: Value, module: string) => Value

const linearIn =
  (weights: LayerWeights, compute: Dtype): Linear =>
  (value, module) =>
    weights.linear(t.cast(value, compute), module)

function queryKeyValue(
  config: ModelConfig,
  a: Value,
  linear: Linear,
  weights: LayerWeights,
): [Value, Value, Value] {
  const { heads, kvHeads, headDim } = config
  const [queryWidth, keyWidth] = [heads * headDim, kvHeads * headDim]
  let q: Value
  let k: Value
  let v: Value
  if (config.fusedProjections) {
    const fused = linear(a, 'self_attn.qkv_proj')
    ;[q, k, v] = t.split(fused, 1, [queryWidth, keyWidth, keyWidth]) as [Value, Value, Value]
  } else {
    q = linear(a, 'self_attn.q_proj')
    k = linear(a, 'self_attn.k_proj')
    v = linear(a, 'self_attn.v_proj')
  }
  if (!config.queryKeyNorm) return [q, k, v]
  const perHead = (value: Value, module: string): Value => {
    const [rowCount, width] = value.shape as [number, number] // of a decode step rowCount is −1, known at run time alone
    const rows = t.reshape(t.cast(value, a.dtype), [
      rowCount === -1 ? -1 : (rowCount * width) / headDim,
      headDim,
    ])
    return t.reshape(rootMeanSquareNorm(config, rows, weights.norm(module)), value.shape)
  }
  return [perHead(q, 'self_attn.q_norm'), perHead(k, 'self_attn.k_norm'), v]
}

function gateAndUp({ fusedProjections, ffn }: ModelConfig, m: Value, linear: Linear): [Value, Value] {
  if (!fusedProjections) return [linear(m, 'mlp.gate_proj'), linear(m, 'mlp.up_proj')]
  const fused = linear(m, 'mlp.gate_up_proj')
  return t.split(fused, 1, [ffn, ffn]) as [Value, Value]
}
