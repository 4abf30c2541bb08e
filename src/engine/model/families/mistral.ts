import { readCommon } from './common-fields.ts'
import type { Family } from './family.ts'
import { readSlidingLayers } from './layer-kinds.ts'
import { llamaConfig } from './llama.ts'
import { parseRope } from './rope.ts'
import { unsupported } from './config-fields.ts'

/** Mistral 7B (all versions), Zephyr, Mistral Nemo and Small: a Llama whose layers all see the same window, or none. */
export const mistral: Family = {
  name: 'mistral',
  modelType: 'mistral',
  article: 'a Mistral',
  parse(fields, { contextLength }) {
    fields.expectArchitecture('MistralForCausalLM')
    fields.expect('hidden_act', ['silu', 'swish'], 'the SiLU activation ("silu")')
    const common = readCommon(fields, {
      normEps: 1e-6,
      maxPositions: 131_072,
      tiedEmbeddings: false,
      kvHeads: 8,
    })
    const window = fields.maybeSize('sliding_window', 4096)
    // transformers reads the window alone; layers of two kinds are another family's ("ministral").
    const sliding = readSlidingLayers(fields, common.layers, () => window !== null)
    if (sliding.some((isSliding) => isSliding !== (window !== null)))
      throw unsupported(
        'layer_types',
        fields.value('layer_types'),
        'a Mistral whose layers are all of one kind',
      )
    return llamaConfig(
      { ...common, family: 'mistral', architecture: 'MistralForCausalLM' },
      { rope: parseRope(fields, common, { theta: 10_000, contextLength }), window },
    )
  },
}
