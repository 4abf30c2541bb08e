import { Tokenizer } from '@huggingface/tokenizers'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  modelDir,
  starterModelFiles,
  writeStarterModelFiles,
} from '../../../scripts/starter/make-model-files.ts'
import { initialWeights, starterConfig } from '../../../scripts/starter/starter-model.ts'
import type { InitialTensor } from '../../../scripts/starter/starter-model.ts'
import { vocabulary } from '../../../scripts/starter/starter-tokenizer.ts'

const read = (name: string) => JSON.parse(readFileSync(join(modelDir, name), 'utf8')) as object
const tokenizer = new Tokenizer(read('tokenizer.json'), read('tokenizer_config.json'))
const roundTrip = (text: string) =>
  tokenizer.decode(tokenizer.encode(text).ids, {
    skip_special_tokens: false,
    clean_up_tokenization_spaces: false,
  })

describe('the starter model files', () => {
  it('are exactly what the script writes', () => {
    const dir = mkdtempSync(join(tmpdir(), 'starter-'))
    writeStarterModelFiles(dir)
    expect(readdirSync(dir).toSorted()).toEqual(Object.keys(starterModelFiles()).toSorted())
    for (const name of readdirSync(dir)) {
      expect(readFileSync(join(modelDir, name), 'utf8')).toBe(readFileSync(join(dir, name), 'utf8'))
    }
    rmSync(dir, { recursive: true })
  })

  it('round-trip text with spaces, lines, punctuation and the tokens of the template', () => {
    const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('')
    for (const text of [
      printable,
      '  two  spaces \n\n and lines ',
      "don't , stop . now !",
      '<|user|>Name a word.<|end|><|assistant|>bread<|end|>',
      '<|use', // looks like a special token and is none
    ]) {
      expect(roundTrip(text)).toBe(text)
    }
    expect(tokenizer.encode(printable).ids).toHaveLength(95)
    expect(tokenizer.encode('<|user|>ab<|end|>').ids).toHaveLength(4)
  })

  it('name every row of the embedding, a multiple of 8, and call other characters unknown', () => {
    expect(vocabulary.length).toBe(starterConfig.vocab_size)
    expect(vocabulary.length % 8).toBe(0)
    expect(new Set(vocabulary).size).toBe(vocabulary.length)
    expect(tokenizer.encode('é').ids).toEqual([vocabulary.indexOf('<|unknown|>')])
  })
})

describe('initialWeights', () => {
  const weights = initialWeights(starterConfig, 7)
  const deviation = (name: string) => {
    const { data } = weights.get(name)!
    return Math.sqrt(data.reduce((total, value) => total + value * value, 0) / data.length)
  }

  it('has the tensors of a tied three-layer Llama of 0.57 million parameters', () => {
    expect(weights.size).toBe(2 + 9 * 3)
    let parameters = 0
    for (const { shape, data } of weights.values()) {
      expect(shape.reduce((product, size) => product * size, 1)).toBe(data.length)
      parameters += data.length
    }
    expect(parameters).toBe(567_168)
  })

  it('is normal with initializer_range, less on what writes to the residual stream, and 1 in the norms', () => {
    const wanted = starterConfig.initializer_range
    const residual = wanted / Math.sqrt(2 * starterConfig.num_hidden_layers)
    // 8,192 draws and more: the relative spread of a standard deviation is at most 0.8 %; 4 % is five of those.
    expect(Math.abs(deviation('model.layers.1.mlp.up_proj.weight') / wanted - 1)).toBeLessThan(0.04)
    expect(Math.abs(deviation('model.layers.1.self_attn.k_proj.weight') / wanted - 1)).toBeLessThan(0.04)
    for (const name of ['self_attn.o_proj', 'mlp.down_proj']) {
      expect(Math.abs(deviation(`model.layers.2.${name}.weight`) / residual - 1)).toBeLessThan(0.04)
    }
    expect(weights.get('model.norm.weight')!.data.every((value) => value === 1)).toBe(true)
  })

  it('repeats for the same seed and differs for another', () => {
    const name = 'model.embed_tokens.weight'
    expect(equalBytes(initialWeights(starterConfig, 7), weights, name)).toBe(true)
    expect(equalBytes(initialWeights(starterConfig, 8), weights, name)).toBe(false)
  })
})

function equalBytes(a: Map<string, InitialTensor>, b: Map<string, InitialTensor>, name: string): boolean {
  return Buffer.from(a.get(name)!.data.buffer).equals(Buffer.from(b.get(name)!.data.buffer))
}
