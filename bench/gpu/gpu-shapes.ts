import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { llamaConfig } from '../../src/engine/model/families/llama.ts'
import type { ModelConfig } from '../../src/engine/model/model-config.ts'
import { modelWeights } from '../../src/engine/model/weight-names.ts'
import { bf16Bits } from '../../src/engine/tensor/half-floats.ts'
import { hash32 } from '../../src/engine/tensor/random.ts'
import { sizeOf } from '../../src/engine/tensor/shape-rules.ts'
import { wordTokenizer } from '../peers/peer-model.ts'
import { randomArray } from '../random-model.ts'

const qwen = (sizes: Omit<Parameters<typeof llamaConfig>[0], 'headDim'> & { headDim: number }): ModelConfig =>
  llamaConfig({ maxPositions: 32_768, ...sizes }, { biases: { qkv: true, o: false, mlp: false } })

/** config.json of Qwen/Qwen2.5-…-Instruct; `tiny`: to try the script where there is no card. */
export const gpuShapes = {
  tiny: qwen({ layers: 2, hidden: 64, heads: 4, kvHeads: 2, headDim: 16, ffn: 128, vocab: 512 }),
  '0.5B': qwen({ layers: 24, hidden: 896, heads: 14, kvHeads: 2, headDim: 64, ffn: 4864, vocab: 151_936 }),
  '1.5B': qwen({ layers: 28, hidden: 1536, heads: 12, kvHeads: 2, headDim: 128, ffn: 8960, vocab: 151_936 }),
  '7B': qwen({
    layers: 28,
    hidden: 3584,
    heads: 28,
    kvHeads: 4,
    headDim: 128,
    ffn: 18_944,
    vocab: 152_064,
    tiedEmbeddings: false,
  }),
} as const
export type GpuShape = keyof typeof gpuShapes

export const isGpuShape = (name: string): name is GpuShape => name in gpuShapes

/** A folder with random bf16 weights of a shape, made once. Returns the tokenizer's words: each is one token. */
export function writeShape(dir: string, name: GpuShape): string[] {
  const config = gpuShapes[name]
  const tokenizer = wordTokenizer(config.vocab)
  const weights = join(dir, 'model.safetensors')
  if (existsSync(weights)) return tokenizer.words
  mkdirSync(dir, { recursive: true })
  const write = (file: string, value: unknown) => writeFileSync(join(dir, file), JSON.stringify(value))
  write('config.json', {
    architectures: ['Qwen2ForCausalLM'],
    model_type: 'qwen2',
    hidden_act: 'silu',
    num_hidden_layers: config.layers,
    hidden_size: config.hidden,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    intermediate_size: config.ffn,
    vocab_size: config.vocab,
    rms_norm_eps: 1e-6,
    rope_theta: 1_000_000,
    max_position_embeddings: config.maxPositions,
    tie_word_embeddings: config.tiedEmbeddings,
    eos_token_id: config.vocab - 1,
    torch_dtype: 'bfloat16',
  })
  write('generation_config.json', { eos_token_id: config.vocab - 1 })
  write('tokenizer.json', tokenizer.json)
  write('tokenizer_config.json', {
    tokenizer_class: 'PreTrainedTokenizerFast',
    eos_token: '<|end|>',
    pad_token: '<|end|>',
    clean_up_tokenization_spaces: false,
    chat_template:
      "{% for m in messages %}{{ m['content'] }}{% if m['role'] == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}",
  })
  writeRandomWeights(weights, config)
  return tokenizer.words
}

/** Norms are 1, all else comes from one block of random numbers, entered elsewhere for every tensor: 15 GB in seconds. */
function writeRandomWeights(path: string, config: ModelConfig): void {
  const block = bitsOf(randomArray(2 ** 22, 1))
  const ones = bitsOf(new Float32Array(2 ** 16).fill(1))
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } }
  const specs = modelWeights(config).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  let at = 0
  for (const { name, shape } of specs) {
    const end = at + 2 * sizeOf(shape)
    header[name] = { dtype: 'BF16', shape, data_offsets: [at, end] }
    at = end
  }
  const json = Buffer.from(JSON.stringify(header))
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ')
  json.copy(padded)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(padded.length))
  const file = openSync(`${path}.partial`, 'w')
  writeSync(file, length)
  writeSync(file, padded)
  for (const [i, { name, shape }] of specs.entries()) {
    const source = name.includes('norm') ? ones : block
    let from = source === block ? hash32(i) % block.length : 0
    for (let left = sizeOf(shape); left > 0; from = 0) {
      const part = source.subarray(from, Math.min(source.length, from + left))
      writeSync(file, new Uint8Array(part.buffer, part.byteOffset, part.byteLength))
      left -= part.length
    }
  }
  fsyncSync(file)
  closeSync(file)
  renameSync(`${path}.partial`, path)
}

const bitsOf = (data: Float32Array<ArrayBuffer>): Uint16Array =>
  Uint16Array.from(new Uint32Array(data.buffer), bf16Bits)

/** Pairs as a source of DPO rows, so that all steps of a training are real ones: {prompt, chosen, rejected} a line. */
export function writePairs(
  path: string,
  words: readonly string[],
  { rows, promptTokens, answerTokens }: { rows: number; promptTokens: number; answerTokens: number },
): void {
  const text = (count: number, seed: number) =>
    Array.from({ length: count }, (_, i) => words[hash32(seed, i) % words.length]!).join('')
  const lines = Array.from({ length: rows }, (_, i) =>
    JSON.stringify({
      prompt: text(promptTokens, 3 * i),
      chosen: text(answerTokens, 3 * i + 1),
      rejected: text(answerTokens, 3 * i + 2),
    }),
  )
  writeFileSync(path, `${lines.join('\n')}\n`)
}
