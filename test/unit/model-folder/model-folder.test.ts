import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ModelCard } from '../../../src/contract/engine.ts'
import { mergedWeights } from '../../../src/engine/model/adapter/merged-weights.ts'
import { describeModel } from '../../../src/engine/model/model-card.ts'
import { openModelFolder } from '../../../src/engine/model/model-folder.ts'
import { openSafetensors } from '../../../src/engine/model/safetensors.ts'
import { writeModelFolder } from '../../../src/engine/model/write-model-folder.ts'
import { templates } from '../text/tiny-tokenizers.ts'
import { tempFolder, tinyConfig, tinyWeights, writeTinyModel } from './tiny-model.ts'

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')
const chat = { special: ['<s>', '</s>', '<|im_start|>', '<|im_end|>'], chatTemplate: templates.chatMl }

test('a complete folder opens, with the EOS ids of every place that names one', async () => {
  const dir = await writeTinyModel(tempFolder(), {
    generation: { eos_token_id: [5, 262], temperature: 0.7, min_p: 0.1 },
    tokenizer: chat,
  })
  const folder = await openModelFolder(dir)
  expect(folder.eosIds).toEqual([5, 262, 264]) // generation config, config = tokenizer, the template's <|im_end|>
  expect(folder.generation).toMatchObject({ temperature: 0.7 })
  expect(folder.warnings).toEqual([expect.stringContaining('min_p: 0.1')])
  expect(folder.weights.read('model.norm.weight')).toHaveLength(16)
  expect(await folder.sha256()).toBe(sha256(join(dir, 'model.safetensors')))
})

test('the hash follows the file when it is replaced', async () => {
  const dir = await writeTinyModel(tempFolder())
  const folder = await openModelFolder(dir)
  const first = await folder.sha256()
  await writeTinyModel(dir, { dtype: 'BF16' })
  expect(await folder.sha256()).not.toBe(first)
  expect(await folder.sha256()).toBe(sha256(join(dir, 'model.safetensors')))
})

test.skipIf(process.platform === 'win32')(
  "weights behind the Hugging Face cache's links have their real path",
  async () => {
    const root = realpathSync(tempFolder())
    const dir = join(root, 'models--a--b', 'snapshots', 'f00')
    mkdirSync(dir, { recursive: true })
    await writeTinyModel(dir)
    const blobs = join(root, 'models--a--b', 'blobs')
    mkdirSync(blobs)
    for (const name of readdirSync(dir)) {
      renameSync(join(dir, name), join(blobs, `${name}-hash`))
      symlinkSync(`../../blobs/${name}-hash`, join(dir, name))
    }
    const folder = await openModelFolder(dir)
    expect(folder.weights.paths).toEqual([join(blobs, 'model.safetensors-hash')])
    expect(await folder.sha256()).toBe(sha256(join(blobs, 'model.safetensors-hash')))
  },
)

test('a broken template leaves the folder open for the official format, with a warning', async () => {
  const dir = await writeTinyModel(tempFolder(), {
    tokenizer: { chatTemplate: "{{ raise_exception('never') }}" },
  })
  const folder = await openModelFolder(dir)
  expect(folder.warnings.join()).toContain('Only the official prompt format')
  await expect(describeModel(dir)).rejects.toMatchObject({ code: 'TEMPLATE_BROKEN' })
})

test('a stored head of a tied model is taken as transformers takes it', async () => {
  const head = (rows: number, from: string | null) =>
    writeTinyModel(tempFolder(), {
      tokenizer: chat,
      change: (weights) =>
        weights.set('lm_head.weight', {
          shape: [rows, 16],
          data: from === null ? new Float32Array(rows * 16) : weights.get(from)!.data,
        }),
    })
  const equal = await openModelFolder(await head(272, 'model.embed_tokens.weight'))
  expect([equal.config.tiedEmbeddings, equal.warnings]).toEqual([true, []])
  const other = await openModelFolder(await head(272, null))
  expect(other.config.tiedEmbeddings).toBe(false)
  expect(other.warnings).toEqual([expect.stringContaining('differs from model.embed_tokens.weight')])
  expect(other.weights.read('lm_head.weight').every((value) => value === 0)).toBe(true)
  await expect(openModelFolder(await head(8, null))).rejects.toMatchObject({
    code: 'MODEL_BROKEN',
    message: expect.stringContaining('[8, 16]; config.json asks for [272, 16]'),
  })
})

test('a stored head without embeddings serves as both', async () => {
  const dir = await writeTinyModel(tempFolder(), {
    change: (weights) => {
      weights.set('lm_head.weight', weights.get('model.embed_tokens.weight')!)
      weights.delete('model.embed_tokens.weight')
    },
  })
  const folder = await openModelFolder(dir)
  expect(folder.config.tiedEmbeddings).toBe(true)
  expect(folder.weights.read('model.embed_tokens.weight')).toEqual(
    tinyWeights(tinyConfig).get('model.embed_tokens.weight')!.data,
  )
})

test('what a wrong tie_word_embeddings hid is said in the config.json written from it', async () => {
  const from = await openModelFolder(
    await writeTinyModel(tempFolder(), {
      tokenizer: chat,
      change: (weights) =>
        weights.set('lm_head.weight', { shape: [272, 16], data: new Float32Array(272 * 16).fill(0.5) }),
    }),
  )
  const outDir = join(tempFolder(), 'model')
  await writeModelFolder({ from, outDir, weights: mergedWeights(from), dtype: 'F32' })
  const again = await openModelFolder(outDir)
  expect([again.config.tiedEmbeddings, again.warnings]).toEqual([false, []])
  expect(again.weights.read('lm_head.weight')[7]).toBe(0.5)
})

test('tables of angles that old checkpoints store are tolerated and not written again', async () => {
  const name = 'model.layers.0.self_attn.rotary_emb.inv_freq'
  const from = await openModelFolder(
    await writeTinyModel(tempFolder(), {
      change: (weights) => weights.set(name, { shape: [2], data: Float32Array.of(1, 0.01) }),
    }),
  )
  const outDir = join(tempFolder(), 'model')
  await writeModelFolder({ from, outDir, weights: mergedWeights(from), dtype: 'F32' })
  expect((await openModelFolder(outDir)).weights.tensors.has(name)).toBe(false)
})

type Broken = [what: string, make: () => Promise<string>, code: string, text: string]
const broken: Broken[] = [
  ['no folder', async () => join(tempFolder(), 'none'), 'FILE_NOT_FOUND', 'model folder'],
  ['an empty folder', async () => tempFolder(), 'FILE_NOT_FOUND', 'config.json'],
  [
    'a pickle',
    async () => withFiles({ 'config.json': JSON.stringify(tinyConfig), 'pytorch_model.bin': '' }),
    'MODEL_UNSUPPORTED',
    'found pytorch_model.bin. Opening a pickle would run',
  ],
  [
    'a GGUF file beside a config',
    async () => withFiles({ 'config.json': JSON.stringify(tinyConfig), 'model-q8.gguf': '' }),
    'MODEL_UNSUPPORTED',
    'found model-q8.gguf. GGUF is written here and not read',
  ],
  [
    'a GGUF file alone',
    async () => withFiles({ 'model-q8.gguf': '' }),
    'MODEL_UNSUPPORTED',
    'holds model-q8.gguf',
  ],
  [
    'a repository of the Hugging Face cache instead of a snapshot',
    async () => {
      const dir = tempFolder()
      mkdirSync(join(dir, 'snapshots'))
      return dir
    },
    'FILE_NOT_FOUND',
    'choose a folder in its snapshots',
  ],
  ...(['bitsandbytes', 'gptq', 'awq', 'fp8'].map((method) => [
    `a checkpoint quantized with ${method}`,
    async () =>
      withFiles({
        'config.json': JSON.stringify({ ...tinyConfig, quantization_config: { quant_method: method } }),
      }),
    'MODEL_UNSUPPORTED',
    `quantized with ${method} ("quantization_config")`,
  ]) as Broken[]),
  [
    'missing tensors',
    () =>
      writeTinyModel(tempFolder(), {
        change: (weights) => weights.delete('model.layers.1.mlp.up_proj.weight'),
      }),
    'MODEL_BROKEN',
    '1 of 20 tensors that config.json asks for are missing: model.layers.1.mlp.up_proj.weight',
  ],
  [
    'an untied head that is not there',
    async () => {
      const dir = await writeTinyModel(tempFolder())
      writeFileSync(join(dir, 'config.json'), JSON.stringify({ ...tinyConfig, tie_word_embeddings: false }))
      return dir
    },
    'MODEL_BROKEN',
    '("tie_word_embeddings": false), and no head is stored; transformers would make one of random numbers',
  ],
  [
    'a tensor that the config does not know',
    () =>
      writeTinyModel(tempFolder(), {
        change: (weights) =>
          weights.set('model.layers.0.self_attn.q_norm.weight', { shape: [4], data: new Float32Array(4) }),
      }),
    'MODEL_UNSUPPORTED',
    'q_norm',
  ],
  [
    'a tokenizer larger than the vocabulary',
    () => writeTinyModel(tempFolder(), { config: { vocab_size: 262, eos_token_id: 1 } }),
    'MODEL_BROKEN',
    'vocab_size is 262',
  ],
]
function withFiles(files: Record<string, string>): string {
  const dir = tempFolder()
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content)
  return dir
}
for (const [what, make, code, text] of broken) {
  test(`${what} is one clear error`, async () => {
    await expect(openModelFolder(await make())).rejects.toMatchObject({
      code,
      message: expect.stringContaining(text),
    })
  })
}

test('a written folder is a model again: same weights, tokenizer and template, its dtype in config.json', async () => {
  const from = await openModelFolder(
    await writeTinyModel(tempFolder(), { tokenizer: chat, generation: { eos_token_id: 262 } }),
  )
  const outDir = join(tempFolder(), 'model')
  const written = await writeModelFolder({ from, outDir, weights: tinyWeights(tinyConfig), dtype: 'BF16' })
  const again = await openModelFolder(outDir)
  expect(again.config).toEqual({ ...from.config, torchDtype: 'bfloat16' })
  expect(again.eosIds).toEqual(from.eosIds)
  expect(await again.sha256()).toBe(written.sha256)
  for (const [name, { data }] of tinyWeights(tinyConfig)) expect(again.weights.read(name)).toEqual(data)
  expect(readdirSync(join(outDir, '..'))).toEqual(['model'])
  const card = ModelCard.parse(await describeModel(outDir))
  expect(card).toMatchObject({
    dtype: 'BF16',
    eosTokens: ['</s>', '<|im_end|>'],
    vocab: 272,
    sha256: written.sha256,
  })
  // 272·16 embeddings, 16 of the last norm, and per layer 2·16 norms, 2·16·16 + 2·8·16 attention, 3·24·16 MLP.
  expect(card.parameters).toBe(272 * 16 + 16 + 2 * (32 + 768 + 1152))
  expect(card.templateSample).toContain('<|im_start|>assistant')
})

test('writing the same model again changes nothing; another one moves the old aside whole', async () => {
  const from = await openModelFolder(await writeTinyModel(tempFolder()))
  const root = tempFolder()
  const outDir = join(root, 'model')
  const weights = tinyWeights(tinyConfig)
  const first = await writeModelFolder({ from, outDir, weights, dtype: 'F32' })
  expect(await writeModelFolder({ from, outDir, weights, dtype: 'F32' })).toEqual(first)
  expect(readdirSync(root)).toEqual(['model'])
  const second = await writeModelFolder({ from, outDir, weights, dtype: 'F16' })
  expect(readdirSync(root).toSorted()).toEqual(['model', 'model.replaced-1'])
  expect(sha256(join(root, 'model.replaced-1', 'model.safetensors'))).toBe(first.sha256)
  expect(sha256(join(outDir, 'model.safetensors'))).toBe(second.sha256)
})

test('what a killed run left behind does not disturb the next', async () => {
  const from = await openModelFolder(await writeTinyModel(tempFolder()))
  const root = tempFolder()
  const outDir = join(root, 'model')
  mkdirSync(`${outDir}.partial`)
  writeFileSync(join(`${outDir}.partial`, 'model.safetensors.partial'), 'half')
  await writeModelFolder({ from, outDir, weights: tinyWeights(tinyConfig), dtype: 'F32' })
  expect(readdirSync(root)).toEqual(['model'])
  expect(readdirSync(outDir).some((name) => name.includes('partial'))).toBe(false)
  expect(openSafetensors(join(outDir, 'model.safetensors')).metadata).toEqual({ format: 'pt' })
})

test('neither the start model nor a folder of something else is overwritten', async () => {
  const from = await openModelFolder(await writeTinyModel(tempFolder()))
  const weights = tinyWeights(tinyConfig)
  await expect(writeModelFolder({ from, outDir: from.dir, weights, dtype: 'F32' })).rejects.toMatchObject({
    code: 'FILE_EXISTS',
  })
  const foreign = withFiles({ 'letters.txt': 'dear' })
  await expect(writeModelFolder({ from, outDir: foreign, weights, dtype: 'F32' })).rejects.toMatchObject({
    code: 'FILE_EXISTS',
  })
  expect(readdirSync(foreign)).toEqual(['letters.txt'])
  weights.delete('model.norm.weight')
  const outDir = join(tempFolder(), 'model')
  await expect(writeModelFolder({ from, outDir, weights, dtype: 'F32' })).rejects.toMatchObject({
    code: 'MODEL_BROKEN',
    message: expect.stringContaining('model.norm.weight'),
  })
  expect(existsSync(outDir)).toBe(false)
})
