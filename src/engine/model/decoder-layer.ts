import * as t from '../tensor/build.ts'
import type { Value } from '../tensor/graph.ts'
import type { ModelConfig } from './model-config.ts'

/**
 * The one description of a layer, for every family: training, scoring and generation differ only in `attend` and in
 * where the weights come from.
 * T = rows of the flat hidden state: B·S when a whole batch is read, B when one token per row is decoded.
 */

/** q [T, H·hd], k and v [T, Hkv·hd], not yet rotated → o [T, H·hd]. */
export type Attend = (q: Value, k: Value, v: Value) => Value

/** A layer's weights by their module name without prefix (see weight-names.ts). */
export interface LayerWeights {
  /** x [T, in] → [T, out]: the matrix of this module, its bias, and its adapter where there is one. */
  linear(x: Value, module: string): Value
  /** A norm's weight: "input_layernorm". */
  norm(module: string): Value
}

/** Plain weights, by full name ("self_attn.q_proj.weight"); a bias is used where `weight` has one. */
export function plainWeights(
  weight: (name: string) => Value,
  hasBias: (module: string) => boolean,
): LayerWeights {
  return {
    linear: (x, module) =>
      t.gemm(x, weight(`${module}.weight`), {
        transB: true,
        bias: hasBias(module) ? weight(`${module}.bias`) : undefined,
      }),
    norm: (module) => weight(`${module}.weight`),
  }
}

/** Which modules of a config carry a bias. */
export function biasOf({ biases }: ModelConfig): (module: string) => boolean {
  return (module) =>
    module === 'self_attn.o_proj' ? biases.o : module.startsWith('self_attn') ? biases.qkv : biases.mlp
}

export function decoderLayer(config: ModelConfig, x: Value, weights: LayerWeights, attend: Attend): Value {
  const { sandwichNorms } = config
  const norm = (value: Value, module: string) => rootMeanSquareNorm(config, value, weights.norm(module))

  const a = norm(x, 'input_layernorm') // [T, D]
  const attended = weights.linear(attend(...queryKeyValue(config, a, weights)), 'self_attn.o_proj')
  const h = t.add(x, sandwichNorms ? norm(attended, 'post_attention_layernorm') : attended) // [T, D]

  const m = norm(h, sandwichNorms ? 'pre_feedforward_layernorm' : 'post_attention_layernorm')
  const [gate, up] = gateAndUp(config, m, weights) // [T, F]
  const active = config.activation === 'silu' ? t.silu(gate) : t.geluTanh(gate)
  const down = weights.linear(t.mul(active, up), 'mlp.down_proj')
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

function queryKeyValue(config: ModelConfig, a: Value, weights: LayerWeights): [Value, Value, Value] {
  const { heads, kvHeads, headDim } = config
  const [queryWidth, keyWidth] = [heads * headDim, kvHeads * headDim]
  let q: Value
  let k: Value
  let v: Value
  if (config.fusedProjections) {
    const fused = weights.linear(a, 'self_attn.qkv_proj')
    q = t.slice(fused, 1, 0, queryWidth)
    k = t.slice(fused, 1, queryWidth, queryWidth + keyWidth)
    v = t.slice(fused, 1, queryWidth + keyWidth, queryWidth + 2 * keyWidth)
  } else {
    q = weights.linear(a, 'self_attn.q_proj')
    k = weights.linear(a, 'self_attn.k_proj')
    v = weights.linear(a, 'self_attn.v_proj')
  }
  if (!config.queryKeyNorm) return [q, k, v]
  const perHead = (value: Value, module: string): Value => {
    const [rowCount, width] = value.shape as [number, number] // of a decode step rowCount is −1, known at run time alone
    const rows = t.reshape(value, [rowCount === -1 ? -1 : (rowCount * width) / headDim, headDim])
    return t.reshape(rootMeanSquareNorm(config, rows, weights.norm(module)), value.shape)
  }
  return [perHead(q, 'self_attn.q_norm'), perHead(k, 'self_attn.k_norm'), v]
}

function gateAndUp({ fusedProjections, ffn }: ModelConfig, m: Value, weights: LayerWeights): [Value, Value] {
  if (!fusedProjections) return [weights.linear(m, 'mlp.gate_proj'), weights.linear(m, 'mlp.up_proj')]
  const fused = weights.linear(m, 'mlp.gate_up_proj')
  return [t.slice(fused, 1, 0, ffn), t.slice(fused, 1, ffn, 2 * ffn)]
}
