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
import { parseModelConfig } from '../src/engine/model/families/index.ts'
import type { ModelConfig } from '../src/engine/model/model-config.ts'
import { modelWeights } from '../src/engine/model/weight-names.ts'
import { bf16Bits } from '../src/engine/tensor/half-floats.ts'
import { hash32 } from '../src/engine/tensor/random.ts'
import { sizeOf } from '../src/engine/tensor/shape-rules.ts'
import { type QwenShape, qwenShapes } from './qwen-shapes.ts'
import { randomArray } from './random-model.ts'
import { writeTokenizer } from './word-tokenizer.ts'

/** A folder with random bf16 weights of a shape, made once: the model, and the tokenizer's words, each of which is one token. */
export function writeRandomFolder(dir: string, shape: QwenShape): { config: ModelConfig; words: string[] } {
  const json = qwenShapes[shape]
  const config = parseModelConfig(json)
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'config.json'), JSON.stringify(json))
  const words = writeTokenizer(dir, config.vocab, { endsEveryMessage: false })
  const weights = join(dir, 'model.safetensors')
  if (!existsSync(weights)) writeRandomWeights(weights, config)
  return { config, words }
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
