import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Adapter } from '../../../src/engine/model/adapter/adapter.ts'
import { writeAdapterFolder } from '../../../src/engine/model/adapter/adapter-folder.ts'
import { mergedWeights } from '../../../src/engine/model/adapter/merged-weights.ts'
import { dequantize, quantize } from '../../../src/engine/model/adapter/quantized-matrix.ts'
import { openModelFolder } from '../../../src/engine/model/model-folder.ts'
import { openSafetensors, type Weight } from '../../../src/engine/model/safetensors.ts'
import { writeSafetensors } from '../../../src/engine/model/write-safetensors.ts'
import { writeModelFolder } from '../../../src/engine/model/write-model-folder.ts'
import { folderOfTests } from '../../temp-folder.ts'
import { writeTinyModel } from '../model-folder/tiny-model.ts'
import { trainedAdapter } from './tiny-adapter.ts'

const home = folderOfTests('spin-adapter')
let folders = 0
const fresh = (): string => join(home, `folder-${folders++}`)
const newBase = () => writeTinyModel(mkdtempSync(join(home, 'base-')))

async function written(overrides: object = {}, change: (adapter: Adapter) => Adapter = (a) => a) {
  const from = await openModelFolder(await newBase())
  const adapter = change(trainedAdapter(from.config, overrides))
  const dir = await writeAdapterFolder({ from, adapter, outDir: fresh() })
  return { from, adapter, dir }
}
const configOf = (dir: string) =>
  JSON.parse(readFileSync(join(dir, 'adapter_config.json'), 'utf8')) as Record<string, unknown>
const changeConfig = (dir: string, over: object) =>
  writeFileSync(join(dir, 'adapter_config.json'), JSON.stringify({ ...configOf(dir), ...over }))

describe('a written adapter folder', () => {
  test("holds PEFT's two files and the tokenizer, with PEFT's names and shapes", async () => {
    const { from, dir } = await written({ targetModules: ['q_proj', 'mlp.down_proj'] })
    expect(readdirSync(dir).toSorted()).toEqual(
      expect.arrayContaining(['adapter_config.json', 'adapter_model.safetensors', 'tokenizer.json']),
    )
    expect(configOf(dir)).toMatchObject({
      peft_type: 'LORA',
      task_type: 'CAUSAL_LM',
      base_model_name_or_path: from.dir,
      r: 3,
      lora_alpha: 6,
      target_modules: ['down_proj', 'q_proj'],
      bias: 'none',
      use_dora: false,
      use_rslora: false,
      fan_in_fan_out: false,
    })
    const { tensors } = openSafetensors(join(dir, 'adapter_model.safetensors'))
    expect(tensors.size).toBe(2 * 2 * 2)
    const prefix = 'base_model.model.model.layers.0.self_attn.q_proj'
    expect(tensors.get(`${prefix}.lora_A.weight`)!.shape).toEqual([3, 16])
    expect(tensors.get(`${prefix}.lora_B.weight`)!.shape).toEqual([16, 3])
  })

  test('opens as its base with the adapter attached', async () => {
    const { from, adapter, dir } = await written({ baseWeights: 'int4', dropout: 0.1 })
    const opened = await openModelFolder(dir)
    expect(opened).toMatchObject({ dir, baseDir: from.dir, textDir: dir, eosIds: from.eosIds })
    expect(opened.adapter).toEqual(adapter)
  })

  test('the same numbers give the same bytes; its sha256 is that of base, adapter, scale and base form together', async () => {
    const { from, adapter, dir } = await written()
    const again = await writeAdapterFolder({ from, adapter, outDir: fresh() })
    const sha256 = async (at: string) => (await openModelFolder(at)).sha256()
    expect(await sha256(again)).toBe(await sha256(dir))
    expect(await sha256(dir)).not.toBe(await from.sha256())
    const others = [
      await written({ alpha: 7 }),
      await written({ baseWeights: 'int8' }),
      await written({}, (a) => ({ ...a, tensors: trainedAdapter(from.config, {}, 0.31).tensors })),
    ]
    const all = await Promise.all([dir, ...others.map((o) => o.dir)].map(sha256))
    expect(new Set(all).size).toBe(4)
    changeConfig(dir, { lora_alpha: 5 })
    expect(all).not.toContain(await sha256(dir))
  })

  test.each(['rsLora', 'plain'] as const)('%s: the scale is read as it was written', async (kind) => {
    const { dir } = await written()
    changeConfig(dir, { use_rslora: kind === 'rsLora' })
    expect((await openModelFolder(dir)).adapter!.scale).toBe(kind === 'rsLora' ? 6 / Math.sqrt(3) : 2)
  })

  test('never takes the place of its base, and keeps what it replaces', async () => {
    const { from, adapter, dir } = await written()
    await expect(writeAdapterFolder({ from, adapter, outDir: from.dir })).rejects.toMatchObject({
      code: 'FILE_EXISTS',
    })
    await writeAdapterFolder({ from, adapter: trainedAdapter(from.config, {}, 0.9), outDir: dir })
    expect(readdirSync(`${dir}.replaced-1`)).toContain('adapter_config.json')
  })
})

describe('merged weights', () => {
  test.each(['f32', 'int8', 'int4'] as const)(
    '%s: W + scale·B·A where there is an adapter, W elsewhere',
    async (baseWeights) => {
      const { from, dir } = await written({ targetModules: ['q_proj'], baseWeights })
      const folder = await openModelFolder(dir)
      const merged = mergedWeights(folder)
      expect([...merged.tensors.keys()]).toEqual([...mergedWeights(from).tensors.keys()])
      const name = 'model.layers.1.self_attn.q_proj.weight'
      const value = (part: string) =>
        folder.adapter!.tensors.get(`base_model.model.model.layers.1.self_attn.q_proj.${part}.weight`)!.data
      const [a, b] = [value('lora_A'), value('lora_B')]
      const base = from.weights.read(name)
      const used =
        baseWeights === 'f32'
          ? base
          : dequantize(quantize(base, [16, 16], baseWeights), new Float32Array(256))
      const found = merged.read(name)
      for (let o = 0; o < 16; o++) {
        for (let i = 0; i < 16; i++) {
          let sum = 0
          for (let k = 0; k < 3; k++) sum += b[o * 3 + k]! * a[k * 16 + i]!
          expect(found[o * 16 + i]).toBeCloseTo(used[o * 16 + i]! + 2 * sum, 6)
        }
      }
      const embeddings = 'model.embed_tokens.weight'
      expect(merged.read(embeddings)).toEqual(from.weights.read(embeddings))
    },
  )

  test('written as a model folder, they open as a whole model', async () => {
    const { dir } = await written()
    const from = await openModelFolder(dir)
    const outDir = fresh()
    await writeModelFolder({ from, outDir, weights: mergedWeights(from), dtype: 'F32' })
    const whole = await openModelFolder(outDir)
    expect([whole.adapter, whole.baseDir, whole.textDir]).toEqual([null, outDir, outDir])
    for (const name of mergedWeights(from).tensors.keys())
      expect(whole.weights.read(name)).toEqual(mergedWeights(from).read(name))
  })
})

type Refusal = [what: string, make: (dir: string) => Promise<void> | void, code: string, text: string]
const withTensors = async (dir: string, change: (tensors: Map<string, Weight>) => void) => {
  const path = join(dir, 'adapter_model.safetensors')
  const file = openSafetensors(path)
  const tensors = new Map(
    [...file.tensors].map(([name, { shape }]) => [name, { shape, data: file.read(name) }]),
  )
  change(tensors)
  await writeSafetensors(path, tensors, 'F32')
}
const first = 'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight'
const refusals: Refusal[] = [
  ['DoRA', (dir) => changeConfig(dir, { use_dora: true }), 'MODEL_UNSUPPORTED', '"use_dora" is true'],
  [
    'modules_to_save',
    (dir) => changeConfig(dir, { modules_to_save: ['lm_head'] }),
    'MODEL_UNSUPPORTED',
    '"modules_to_save" is ["lm_head"]',
  ],
  ['a bias', (dir) => changeConfig(dir, { bias: 'all' }), 'MODEL_UNSUPPORTED', '"bias" is "all"'],
  [
    'rank_pattern',
    (dir) => changeConfig(dir, { rank_pattern: { q_proj: 2 } }),
    'MODEL_UNSUPPORTED',
    '"rank_pattern"',
  ],
  [
    'alpha_pattern',
    (dir) => changeConfig(dir, { alpha_pattern: { q_proj: 2 } }),
    'MODEL_UNSUPPORTED',
    '"alpha_pattern"',
  ],
  [
    'some layers',
    (dir) => changeConfig(dir, { layers_to_transform: [0] }),
    'MODEL_UNSUPPORTED',
    '"layers_to_transform"',
  ],
  [
    'another kind',
    (dir) => changeConfig(dir, { peft_type: 'IA3', r: undefined }),
    'MODEL_UNSUPPORTED',
    '"peft_type" is "IA3"',
  ],
  [
    'no rank',
    (dir) => changeConfig(dir, { r: undefined }),
    'FILE_UNREADABLE',
    'not the configuration of a LoRA adapter: r',
  ],
  [
    'no base',
    (dir) => changeConfig(dir, { base_model_name_or_path: null }),
    'MODEL_BROKEN',
    'names no base model',
  ],
  [
    'a base that is gone',
    (dir) => changeConfig(dir, { base_model_name_or_path: join(home, 'gone') }),
    'FILE_NOT_FOUND',
    'found no folder there. Set "base_model_name_or_path"',
  ],
  [
    'a Hub name',
    (dir) => changeConfig(dir, { base_model_name_or_path: 'HuggingFaceTB/SmolLM2-135M' }),
    'FILE_NOT_FOUND',
    'the name of a model on a hub; this program downloads nothing',
  ],
  [
    'itself as the base',
    (dir) => changeConfig(dir, { base_model_name_or_path: dir }),
    'MODEL_BROKEN',
    'names its own folder',
  ],
  [
    'a relative base outside',
    (dir) => changeConfig(dir, { base_model_name_or_path: '../..' }),
    'MODEL_BROKEN',
    'outside',
  ],
  [
    'no weights',
    (dir) => rmSync(join(dir, 'adapter_model.safetensors')),
    'FILE_NOT_FOUND',
    'expected adapter_model.safetensors',
  ],
  [
    'a pickle',
    (dir) => {
      rmSync(join(dir, 'adapter_model.safetensors'))
      writeFileSync(join(dir, 'adapter_model.bin'), '')
    },
    'MODEL_UNSUPPORTED',
    'Opening a pickle',
  ],
  [
    'no config',
    (dir) => rmSync(join(dir, 'adapter_config.json')),
    'FILE_NOT_FOUND',
    'without its adapter_config.json',
  ],
  [
    'embeddings',
    (dir) =>
      withTensors(dir, (t) =>
        t.set('base_model.model.model.embed_tokens.lora_embedding_A', {
          shape: [1],
          data: Float32Array.of(1),
        }),
      ),
    'MODEL_UNSUPPORTED',
    'embed_tokens.lora_embedding_A',
  ],
  [
    'a layer that the base lacks',
    (dir) => withTensors(dir, (t) => t.set(first.replace('layers.0', 'layers.7'), t.get(first)!)),
    'MODEL_UNSUPPORTED',
    'layers.7',
  ],
  ['a missing tensor', (dir) => withTensors(dir, (t) => t.delete(first)), 'MODEL_BROKEN', `lacks "${first}"`],
  [
    'another base',
    (dir) => withTensors(dir, (t) => t.set(first, { shape: [3, 8], data: new Float32Array(24) })),
    'MODEL_BROKEN',
    'trained on another model',
  ],
]
test.each(refusals)('%s is refused by name', async (_, make, code, text) => {
  const { dir } = await written()
  await make(dir)
  await expect(openModelFolder(dir)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(text) as string,
  })
})

test('an adapter on an adapter is refused', async () => {
  const inner = await written()
  const outer = await written()
  changeConfig(outer.dir, { base_model_name_or_path: inner.dir })
  await expect(openModelFolder(outer.dir)).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' })
})

test('NaN in an adapter is found by its identity', async () => {
  const { dir } = await written()
  const path = join(dir, 'adapter_model.safetensors')
  const bytes = readFileSync(path)
  bytes.writeFloatLE(Number.NaN, bytes.length - 4)
  writeFileSync(path, bytes)
  await expect((await openModelFolder(dir)).sha256()).rejects.toMatchObject({ code: 'NOT_FINITE' })
})
