import type { Rope } from '../model-config.ts'
import type { CommonFields } from './common-fields.ts'
import type { ConfigFields } from './config-fields.ts'
import type { Family } from './family.ts'
import { gemmaConfig, readGemma, softcap } from './gemma2.ts'
import { layerKindsOf, readSlidingLayers } from './layer-kinds.ts'
import { parseRope } from './rope.ts'

/**
 * Gemma 3's language model alone ("gemma3_text"): five layers with a window to one without, each kind with a rope of its
 * own, and normed queries and keys. The wrapper with the image part ("gemma3") is refused.
 */
export const gemma3: Family = {
  name: 'gemma3',
  modelType: 'gemma3_text',
  article: 'a Gemma 3 (text)',
  parse(fields, { contextLength }) {
    fields.expectArchitecture('Gemma3ForCausalLM')
    const common = readGemma(fields, { maxPositions: 131_072 })
    const pattern = fields.size('sliding_window_pattern', 6)
    fields.value('_sliding_window_pattern') // written by transformers 5 beside layer_types, never read
    const sliding = readSlidingLayers(fields, common.layers, (layer) => (layer + 1) % pattern !== 0)
    const global = parseRope(fields, common, { theta: 1_000_000, nested: 'full_attention', contextLength })
    const kinds = layerKindsOf(sliding, {
      full: { window: null, rope: global },
      sliding: {
        window: fields.maybeSize('sliding_window', 4096),
        rope: localRope(fields, common, contextLength),
      },
    })
    return gemmaConfig(fields, common, {
      ...kinds,
      family: 'gemma3',
      architecture: 'Gemma3ForCausalLM',
      queryKeyNorm: true,
      attentionSoftcap: softcap(fields, 'attn_logit_softcapping', null),
      logitSoftcap: softcap(fields, 'final_logit_softcapping', null),
    })
  },
}

/** Of the layers with a window: "rope_theta" and "rope_scaling" at the top are those of the other layers. */
function localRope(fields: ConfigFields, common: CommonFields, contextLength: number | undefined): Rope {
  const theta = fields.positive('rope_local_base_freq', 10_000)
  return parseRope(fields, common, { theta, nested: 'sliding_attention', onlyNested: true, contextLength })
}
