import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeSafetensors } from '../../src/engine/model/write-safetensors.ts'
import { type ModelShape, randomWeights, smolShape, tenMillionShape } from '../random-model.ts'
import { writeTokenizer } from '../word-tokenizer.ts'

/** The folder that every peer opens: a Llama with random weights, and a tokenizer of words. */
export const peerShapes: Record<'10m' | '135m', ModelShape> = {
  '10m': tenMillionShape,
  '135m': smolShape,
}

export async function writePeerModel(dir: string, shape: ModelShape): Promise<string[]> {
  const { config } = shape
  mkdirSync(dir, { recursive: true })
  const words = writeTokenizer(dir, config.vocab, { endsEveryMessage: true })
  const json = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_act: 'silu',
    num_hidden_layers: config.layers,
    hidden_size: config.hidden,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headDim,
    intermediate_size: config.ffn,
    vocab_size: config.vocab,
    rms_norm_eps: config.normEps,
    rope_theta: 10_000,
    max_position_embeddings: config.maxPositions,
    tie_word_embeddings: true,
    eos_token_id: config.vocab - 1,
    bos_token_id: null,
    torch_dtype: 'float32',
  }
  writeFileSync(join(dir, 'config.json'), JSON.stringify(json))
  await writeSafetensors(join(dir, 'model.safetensors'), randomWeights(shape), 'F32')
  return words
}
