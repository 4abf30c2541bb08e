import type { Family } from './family.ts'
import { llamaConfig } from './llama.ts'
import { qwenLayerKinds, readQwen } from './qwen2.ts'

/** Qwen3, dense: a Llama whose heads of q and k are normed before they are turned. */
export const qwen3: Family = {
  name: 'qwen3',
  modelType: 'qwen3',
  article: 'a Qwen3',
  parse(fields, { contextLength }) {
    fields.expectArchitecture('Qwen3ForCausalLM')
    const common = readQwen(fields, { headDim: 128 })
    const bias = fields.flag('attention_bias', false)
    return llamaConfig(
      {
        ...common,
        family: 'qwen3',
        architecture: 'Qwen3ForCausalLM',
        queryKeyNorm: true,
        ...qwenLayerKinds(fields, common, contextLength),
      },
      { biases: { qkv: bias, o: bias, mlp: false } },
    )
  },
}
