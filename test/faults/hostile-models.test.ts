import { closeSync, ftruncateSync, openSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AppError } from '../../src/contract/errors.ts'
import { openModelFolder } from '../../src/engine/model/model-folder.ts'
import { createEngineProcess } from '../../src/main/engine-process.ts'
import { tempFolder, tinyConfig } from '../unit/model-folder/tiny-model.ts'
import {
  config,
  editConfig,
  editHeader,
  errorOf,
  hostile,
  nested,
  norm,
  poke,
  refuses,
  type Spoil,
} from './hostile-model.ts'

describe('config.json', () => {
  const size = 2 ** 31
  refuses([
    ['a list', (dir) => writeFileSync(config(dir), '[]'), 'FILE_UNREADABLE', 'expected an object'],
    ['a text', (dir) => writeFileSync(config(dir), '"llama"'), 'FILE_UNREADABLE', 'expected an object'],
    ['cut off', (dir) => truncateSync(config(dir), 60), 'FILE_UNREADABLE', 'is not JSON'],
    [
      'not UTF-8',
      (dir) => writeFileSync(config(dir), Buffer.from([0x7b, 0xff, 0x7d])),
      'FILE_UNREADABLE',
      'is not JSON',
    ],
    [
      '100 MB long',
      (dir) => {
        const file = openSync(config(dir), 'w')
        ftruncateSync(file, 100_000_000)
        closeSync(file)
      },
      'FILE_UNREADABLE',
      'has 100000000 bytes; expected at most',
    ],
    [
      'nested a million deep',
      (dir) => writeFileSync(config(dir), `{"model_type": "llama", "x": ${nested(1e6)}}`),
      'FILE_UNREADABLE',
      'nested more than 64 deep',
    ],
    [
      'with a key twice',
      (dir) => writeFileSync(config(dir), JSON.stringify(tinyConfig).replace('{', '{"vocab_size": 9,')),
      'FILE_UNREADABLE',
      'the key "vocab_size" twice',
    ],
    [
      'a vocabulary of 2^31 numbers of 2^31',
      (dir) => editConfig(dir, { vocab_size: size, hidden_size: size }),
      'MODEL_BROKEN',
      'hidden_size',
    ],
    [
      '2^31 layers',
      (dir) => editConfig(dir, { num_hidden_layers: size - 1 }),
      'MODEL_BROKEN',
      'num_hidden_layers',
    ],
    [
      'more layers than the file',
      (dir) => editConfig(dir, { num_hidden_layers: 4000 }),
      'MODEL_BROKEN',
      '35982 of 36002 tensors',
    ],
    ['a head size of 2^30', (dir) => editConfig(dir, { head_dim: 2 ** 30 }), 'MODEL_BROKEN', 'head_dim'],
    [
      'a negative size',
      (dir) => editConfig(dir, { intermediate_size: -24 }),
      'MODEL_BROKEN',
      'intermediate_size',
    ],
    [
      'a size that is no whole number',
      (dir) => editConfig(dir, { hidden_size: 16.5 }),
      'MODEL_BROKEN',
      'hidden_size',
    ],
    [
      'of another model',
      (dir) => editConfig(dir, { intermediate_size: 32 }),
      'MODEL_BROKEN',
      'config.json asks for',
    ],
  ])
})

describe('adapters', () => {
  it('that name each other as their base are one clear error', async () => {
    const [one, other] = [tempFolder(), tempFolder()]
    for (const [dir, base] of [
      [one, other],
      [other, one],
    ] as const) {
      const adapter = { peft_type: 'LORA', base_model_name_or_path: base, r: 2, lora_alpha: 4 }
      writeFileSync(join(dir, 'adapter_config.json'), JSON.stringify(adapter))
      writeFileSync(join(dir, 'adapter_model.safetensors'), '')
    }
    expect(await errorOf(openModelFolder(one))).toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining('is itself an adapter folder'),
    })
  })
})

describe('the engine', () => {
  it('refuses hostile models one after the other and stays the same process', async () => {
    const engine = createEngineProcess()
    try {
      const client = engine.client()
      const { pid } = await client.call('describe', {})
      const inspect = async (spoil: Spoil): Promise<AppError> =>
        errorOf(client.call('inspectModel', { dir: await hostile(spoil) }))
      expect(await inspect((dir) => poke(dir, norm, 0, [0, 0, 0xc0, 0x7f]))).toMatchObject({
        code: 'NOT_FINITE',
        data: { tensor: norm },
      })
      expect(await inspect((dir) => editHeader(dir, () => `{"a": ${nested(1e6)}}`))).toMatchObject({
        code: 'FILE_UNREADABLE',
      })
      expect(await inspect((dir) => editConfig(dir, { num_hidden_layers: 2 ** 31 - 1 }))).toMatchObject({
        code: 'MODEL_BROKEN',
      })
      const good = await client.call('inspectModel', { dir: await hostile(() => undefined) })
      expect(good.layers).toBe(2)
      expect((await client.call('describe', {})).pid).toBe(pid)
    } finally {
      await engine.stop()
    }
  })
})
