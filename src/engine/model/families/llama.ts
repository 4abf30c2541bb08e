import type { ModelConfig, Rope } from '../model-config.ts'
import { readCommon } from './common-fields.ts'
import { unsupported } from './config-fields.ts'
import type { Family } from './family.ts'
import { readSlidingLayers } from './layer-kinds.ts'
import { parseRope, resolveRope } from './rope.ts'

/** Llama 2 and 3.x, SmolLM2 and everything else saved as LlamaForCausalLM. */
export const llama: Family = {
  name: 'llama',
  modelType: 'llama',
  article: 'a Llama',
  parse(fields, { contextLength }) {
    fields.expectArchitecture('LlamaForCausalLM')
    fields.expect('hidden_act', ['silu', 'swish'], 'the SiLU activation ("silu")')
    const common = readCommon(fields, { normEps: 1e-6, maxPositions: 2048, tiedEmbeddings: false })
    if (readSlidingLayers(fields, common.layers, () => false).includes(true))
      throw unsupported(
        'layer_types',
        fields.value('layer_types'),
        'a Llama with full attention in every layer',
      )
    const rope = parseRope(fields, common, { theta: 10_000, contextLength })
    const attentionBias = fields.flag('attention_bias', false)
    const mlpBias = fields.flag('mlp_bias', false)
    return llamaConfig(common, {
      rope,
      biases: { qkv: attentionBias, o: attentionBias, mlp: mlpBias },
    })
  },
}

type Sizes = Pick<ModelConfig, 'layers' | 'hidden' | 'heads' | 'kvHeads' | 'headDim' | 'ffn' | 'vocab'>

/** A plain Llama of these sizes; what is not stated has a Llama's neutral value. Other families start from it. */
export function llamaConfig(
  sizes: Sizes & Partial<ModelConfig>,
  {
    rope,
    window = null,
    biases,
  }: { rope?: Rope; window?: number | null; biases?: ModelConfig['biases'] } = {},
): ModelConfig {
  const { headDim } = sizes
  return {
    family: 'llama',
    architecture: 'LlamaForCausalLM',
    maxPositions: 2048,
    tiedEmbeddings: true,
    normEps: 1e-5,
    normOffset: 0,
    activation: 'silu',
    biases: biases ?? { qkv: false, o: false, mlp: false },
    queryKeyNorm: false,
    fusedProjections: false,
    sandwichNorms: false,
    embeddingScale: 1,
    attentionScale: headDim ** -0.5,
    attentionSoftcap: null,
    logitSoftcap: null,
    layerKinds: [
      {
        window,
        rope:
          rope ??
          resolveRope(
            { rope_type: 'default', rope_theta: 10_000 },
            { headDim, maxPositions: 2048, contextLength: 2048 },
          ),
      },
    ],
    kindOfLayer: Array.from({ length: sizes.layers }, () => 0),
    eosTokenIds: [],
    torchDtype: 'float32',
    ...sizes,
  }
}
