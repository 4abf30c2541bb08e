import * as t from '../tensor/build.ts'
import type { Value } from '../tensor/graph.ts'
import type { LlamaConfig } from './llama-config.ts'

/**
 * The one description of a Llama layer: training, scoring and generation differ only in `attend`.
 * T = rows of the flat hidden state: B·S when a whole batch is read, B when one token per row is decoded.
 */

/** q [T, H·hd], k and v [T, Hkv·hd], not yet rotated → o [T, H·hd]. */
export type Attend = (q: Value, k: Value, v: Value) => Value

/** A layer's weights by their name without prefix (see weight-names.ts). */
export type LayerWeights = (name: string) => Value

export function llamaLayer(config: LlamaConfig, x: Value, weight: LayerWeights, attend: Attend): Value {
  const linear = (input: Value, name: string, hasBias: boolean) =>
    t.gemm(input, weight(`${name}.weight`), {
      transB: true,
      bias: hasBias ? weight(`${name}.bias`) : undefined,
    })
  const { attentionBias, mlpBias, rmsNormEps } = config

  const a = t.rmsNorm(x, weight('input_layernorm.weight'), rmsNormEps) // [T, D]
  const o = attend(
    linear(a, 'self_attn.q_proj', attentionBias),
    linear(a, 'self_attn.k_proj', attentionBias),
    linear(a, 'self_attn.v_proj', attentionBias),
  )
  const h = t.add(x, linear(o, 'self_attn.o_proj', attentionBias)) // [T, D]

  const m = t.rmsNorm(h, weight('post_attention_layernorm.weight'), rmsNormEps)
  const gated = t.mul(t.silu(linear(m, 'mlp.gate_proj', mlpBias)), linear(m, 'mlp.up_proj', mlpBias)) // [T, F]
  return t.add(h, linear(gated, 'mlp.down_proj', mlpBias))
}

/** x [T, D] → logits [T, V]. */
export function llamaHead(config: LlamaConfig, x: Value, finalNorm: Value, head: Value): Value {
  return t.gemm(t.rmsNorm(x, finalNorm, config.rmsNormEps), head, { transB: true })
}
