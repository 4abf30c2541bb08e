import type { LayerKind, ModelConfig } from '../model-config.ts'
import { type CommonFields, readCommon } from './common-fields.ts'
import type { ConfigFields } from './config-fields.ts'
import type { Family } from './family.ts'
import { layerKindsOf, readSlidingLayers } from './layer-kinds.ts'
import { llamaConfig } from './llama.ts'
import { parseRope } from './rope.ts'

/** Qwen2 and Qwen2.5: a Llama with biases on q, k and v; a window from "max_window_layers" on where it is switched on. */
export const qwen2: Family = {
  name: 'qwen2',
  modelType: 'qwen2',
  article: 'a Qwen2',
  parse(fields, { contextLength }) {
    fields.expectArchitecture('Qwen2ForCausalLM')
    const common = readQwen(fields)
    return llamaConfig(
      {
        ...common,
        family: 'qwen2',
        architecture: 'Qwen2ForCausalLM',
        ...qwenLayerKinds(fields, common, contextLength),
      },
      { biases: { qkv: true, o: false, mlp: false } },
    )
  },
}

/** What Qwen2 and Qwen3 say in the same words. */
export function readQwen(fields: ConfigFields, own: { headDim?: number } = {}): CommonFields {
  fields.expect('hidden_act', ['silu', 'swish'], 'the SiLU activation ("silu")')
  return readCommon(fields, {
    normEps: 1e-6,
    maxPositions: 32_768,
    tiedEmbeddings: false,
    kvHeads: 32,
    ...own,
  })
}

/** The windows of Qwen2 and Qwen3: "sliding_window" counts only with "use_sliding_window". */
export function qwenLayerKinds(
  fields: ConfigFields,
  common: CommonFields,
  contextLength: number | undefined,
): Pick<ModelConfig, 'layerKinds' | 'kindOfLayer'> {
  const stated = fields.maybeSize('sliding_window', 4096)
  const window = fields.flag('use_sliding_window', false) ? stated : null
  const from = fields.number('max_window_layers', 28)
  const sliding = readSlidingLayers(fields, common.layers, (layer) => window !== null && layer >= from)
  const full: LayerKind = {
    window: null,
    rope: parseRope(fields, common, { theta: 10_000, contextLength }),
  }
  return layerKindsOf(sliding, { full, sliding: { ...full, window } })
}
