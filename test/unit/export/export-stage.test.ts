import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ExportRequest, type ExportResult } from '../../../src/contract/engine.ts'
import { ModelLineage } from '../../../src/contract/lineage.ts'
import { readFrontMatter } from '../../../src/engine/model/lineage-card.ts'
import { openModelFolder } from '../../../src/engine/model/model-folder.ts'
import { exportStage } from '../../../src/engine/stages/export-stage.ts'
import { tempFolder, tinyConfig, tinyWeights, writeTinyModel } from '../model-folder/tiny-model.ts'

const lineage: ModelLineage = ModelLineage.parse({
  title: 'Tiny | tuned',
  baseModel: { name: 'acme/tiny', sha256: 'ba5e' },
  method: 'Self-Play Fine-Tuning (SPIN), all weights',
  datasets: [{ name: 'acme/chats', rows: 1200, sha256: 'da7a' }, { name: 'letters.csv' }],
  iterations: [{ iteration: 0, pairs: 800, pairsSha256: 'aa11', steps: 50, modelSha256: 'bb22' }],
  settings: { 'training.optimizer.lr': 5e-7, 'training.objective': 'spin' },
  scores: [
    { model: 'base', values: { greedy: 0.41, kl: null } },
    { model: 'iteration 0', values: { greedy: 0.5, kl: 0.03 } },
  ],
  versions: { 'spin-studio': '0.1.0' },
})

type Events = { results: ExportResult[]; steps: { done: number; total: number }[] }
async function run(request: ExportRequest, signal = new AbortController().signal): Promise<Events> {
  const events: Events = { results: [], steps: [] }
  for await (const event of exportStage(ExportRequest.parse(request), signal)) {
    if (event.kind === 'done') events.results.push(event)
    if (event.kind === 'progress') events.steps.push(event)
  }
  return events
}

test('a Hugging Face folder: dtype and shards as asked, config.json’s text and every other file untouched', async () => {
  const modelDir = await writeTinyModel(tempFolder())
  // Numbers and keys as Python writes them, and one key that nobody here knows of.
  const config =
    '{\n "transformers_version": "4.37.0", "rope_theta": 10000.0,\n "rms_norm_eps": 1e-05, "torch_dtype" : "float32",' +
    `${JSON.stringify({ ...tinyConfig, torch_dtype: undefined, rope_theta: undefined, rms_norm_eps: undefined, transformers_version: undefined }).slice(1)}\n`
  writeFileSync(join(modelDir, 'config.json'), config)
  writeFileSync(join(modelDir, 'README.md'), '# Mine\n')
  writeFileSync(join(modelDir, 'LICENSE'), 'MIT')
  const outPath = join(tempFolder(), 'out')
  const { results, steps } = await run({ modelDir, outPath, dtype: 'BF16', maxShardBytes: 5000 })
  const [result] = results
  expect(result!.files.map(({ name }) => name)).toEqual(
    [1, 2, 3].map((n) => `model-0000${n}-of-00003.safetensors`),
  )
  expect(steps.at(-1)!.done).toBe(steps.at(-1)!.total)
  expect(readFileSync(join(outPath, 'config.json'), 'utf8')).toBe(config.replace('"float32"', '"bfloat16"'))
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'README.md', 'LICENSE'])
    expect(readFileSync(join(outPath, name))).toEqual(readFileSync(join(modelDir, name)))
  const folder = await openModelFolder(outPath)
  expect(await folder.sha256()).toBe(result!.sha256)
  for (const [name, { data }] of tinyWeights(tinyConfig)) expect(folder.weights.read(name)).toEqual(data)
})

test('the dtype is kept unless another is asked for; of a mixture the widest', async () => {
  const modelDir = await writeTinyModel(tempFolder(), { dtype: 'F16' })
  const outPath = join(tempFolder(), 'out')
  await run({ modelDir, outPath })
  expect(readFileSync(join(outPath, 'model.safetensors'))).toEqual(
    readFileSync(join(modelDir, 'model.safetensors')),
  )
  expect((await openModelFolder(outPath)).config.torchDtype).toBe('float16')
})

test('the card of a trained model has its lineage as front matter and tables, and the base’s licence', async () => {
  const modelDir = await writeTinyModel(tempFolder())
  writeFileSync(
    join(modelDir, 'README.md'),
    '---\nlicense: apache-2.0\nlanguage: [en]\nbase_model: someone/else\n---\n# Base\n',
  )
  const outPath = join(tempFolder(), 'out')
  await run({ modelDir, outPath, lineage })
  const card = readFileSync(join(outPath, 'README.md'), 'utf8')
  expect(readFrontMatter(card)).toEqual({
    license: 'apache-2.0',
    language: ['en'],
    library_name: 'transformers',
    pipeline_tag: 'text-generation',
    base_model: 'acme/tiny',
    tags: ['spin', 'self-play'],
    datasets: ['acme/chats'], // letters.csv is no dataset of the Hub
  })
  expect(card).toContain('# Tiny \\| tuned\n')
  expect(card).toContain('| iteration 0 | 800 | 50 | `aa11` | `bb22` |')
  expect(card).toContain(
    '| Model | greedy | kl |\n| --- | --- | --- |\n| base | 0.41 | – |\n| iteration 0 | 0.5 | 0.03 |',
  )
  expect(card).toContain('| `training.optimizer.lr` | `5e-7` |')
  const again = join(tempFolder(), 'again')
  await run({ modelDir, outPath: again, lineage: { ...lineage, license: 'mit' } })
  expect(readFrontMatter(readFileSync(join(again, 'README.md'), 'utf8'))['license']).toBe('mit')
})

test('front matter that is none, or a trap, names no licence and does no harm', () => {
  const bomb = `---\na: &a [x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [${`*${i ? `b${i - 1}` : 'a'}, `.repeat(9)}]`).join('\n')}\n---\n`
  for (const card of ['# None', '---\nlicense: [\n---\n', '---\n- 1\n---\n', bomb, '---\nlicense: mit'])
    expect(readFrontMatter(card)).toEqual({})
})

test('a GGUF file is written whole, with the model’s name', async () => {
  const modelDir = await writeTinyModel(tempFolder(), {
    config: { hidden_size: 32, head_dim: 16, intermediate_size: 32, eos_token_id: 262 },
  })
  for (const format of ['gguf-f16', 'gguf-q8_0'] as const) {
    const outPath = join(tempFolder(), 'tiny.gguf')
    const { results } = await run({ modelDir, outPath, format, lineage })
    const bytes = readFileSync(outPath)
    expect(bytes.subarray(0, 4).toString()).toBe('GGUF')
    expect(bytes.includes('Tiny | tuned')).toBe(true)
    expect(results[0]!.files).toEqual([
      { name: 'tiny.gguf', bytes: bytes.length, sha256: results[0]!.sha256 },
    ])
  }
})

test('an export that is stopped or fails leaves nothing behind', async () => {
  const modelDir = await writeTinyModel(tempFolder(), {
    change: (weights) => weights.get('model.norm.weight')!.data.fill(1e6), // above what F16 holds
  })
  const root = tempFolder()
  const stop = new AbortController()
  stop.abort()
  await expect(run({ modelDir, outPath: join(root, 'a') }, stop.signal)).rejects.toMatchObject({
    code: 'CANCELLED',
  })
  await expect(run({ modelDir, outPath: join(root, 'b'), dtype: 'F16' })).rejects.toMatchObject({
    code: 'NOT_FINITE',
    message: expect.stringContaining('does not fit F16'),
  })
  expect(readdirSync(root)).toEqual([])
})

test('neither the model itself nor a folder around it is overwritten', async () => {
  const around = tempFolder()
  const modelDir = join(around, 'model')
  mkdirSync(modelDir)
  await writeTinyModel(modelDir)
  writeFileSync(join(around, 'config.json'), '{}')
  for (const outPath of [modelDir, around])
    await expect(run({ modelDir, outPath })).rejects.toMatchObject({ code: 'FILE_EXISTS' })
  expect(existsSync(join(modelDir, 'model.safetensors'))).toBe(true)
})
