import { execFileSync } from 'node:child_process'
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AppError, ErrorCode } from '../../src/contract/errors.ts'
import { describeModel } from '../../src/engine/model/model-card.ts'
import { openModelFolder } from '../../src/engine/model/model-folder.ts'
import { openSafetensors } from '../../src/engine/model/safetensors.ts'
import { createEngineProcess } from '../../src/main/engine-process.ts'
import { tempFolder, tinyConfig, writeTinyModel } from '../unit/model-folder/tiny-model.ts'

/** Model folders that lie, break or point elsewhere: each is one clear error, and the next model opens as before. */

type Spoil = (dir: string) => unknown
type Hostile = [what: string, spoil: Spoil, code: ErrorCode, text: string]

const weights = (dir: string): string => join(dir, 'model.safetensors')
const config = (dir: string): string => join(dir, 'config.json')

async function hostile(spoil: Spoil, dtype: 'F32' | 'F16' | 'BF16' = 'F32'): Promise<string> {
  const dir = await writeTinyModel(realpathSync(tempFolder()), { dtype })
  await spoil(dir)
  return dir
}

async function errorOf(work: Promise<unknown>): Promise<AppError> {
  return work.then(
    () => expect.fail('expected an error'),
    (error: AppError) => error,
  )
}

function refuses(cases: readonly Hostile[]): void {
  it.each(cases)('%s', async (_what, spoil, code, text) => {
    const error = await errorOf(describeModel(await hostile(spoil)))
    expect(error.message).toContain(text)
    expect(error.code).toBe(code)
    expect(error.message.length).toBeLessThan(1000)
  })
}

type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>

/** Rewrites the header's text; the tensors' bytes stay. */
function editHeader(dir: string, edit: (header: Header, text: string) => string | void): void {
  const bytes = readFileSync(weights(dir))
  const length = Number(bytes.readBigUInt64LE(0))
  const text = bytes
    .subarray(8, 8 + length)
    .toString()
    .trimEnd()
  const header = JSON.parse(text) as Header
  const changed = Buffer.from(edit(header, text) ?? JSON.stringify(header))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(changed.length))
  writeFileSync(weights(dir), Buffer.concat([prefix, changed, bytes.subarray(8 + length)]))
}

function editConfig(dir: string, change: object): void {
  writeFileSync(config(dir), JSON.stringify({ ...tinyConfig, ...change }))
}

/** Writes bytes into a tensor, `at` bytes from its begin, or from its end where negative. */
function poke(dir: string, tensor: string, at: number, bytes: number[]): void {
  const { begin, end } = openSafetensors(weights(dir)).tensors.get(tensor)!
  const file = openSync(weights(dir), 'r+')
  writeSync(file, Buffer.from(bytes), 0, bytes.length, at < 0 ? end + at : begin + at)
  closeSync(file)
}

const norm = 'model.norm.weight'
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`

describe('weights', () => {
  refuses([
    ['an empty file', (dir) => truncateSync(weights(dir), 0), 'FILE_UNREADABLE', 'at least 8 bytes'],
    [
      'a file that ends in its header',
      (dir) => truncateSync(weights(dir), 100),
      'FILE_UNREADABLE',
      'its header claims',
    ],
    [
      'a file that ends in its tensors',
      (dir) => truncateSync(weights(dir), 9000),
      'FILE_UNREADABLE',
      'lies at bytes',
    ],
    [
      'a header length of 2^60',
      (dir) => {
        const length = Buffer.alloc(8)
        length.writeBigUInt64LE(2n ** 60n)
        writeFileSync(weights(dir), Buffer.concat([length, readFileSync(weights(dir)).subarray(8)]))
      },
      'FILE_UNREADABLE',
      '1152921504606846976 bytes, over the limit',
    ],
    [
      'a tensor named twice',
      (dir) =>
        editHeader(dir, (header, text) => `{"${norm}": ${JSON.stringify(header[norm])}, ${text.slice(1)}`),
      'FILE_UNREADABLE',
      `has the key "${norm}" twice`,
    ],
    [
      'a tensor named twice, once with an escape',
      (dir) =>
        editHeader(
          dir,
          (header, text) => `{"\\u006dodel.norm.weight": ${JSON.stringify(header[norm])}, ${text.slice(1)}`,
        ),
      'FILE_UNREADABLE',
      'twice',
    ],
    [
      'a header nested ten million deep',
      (dir) => editHeader(dir, () => `{"a": ${nested(1e7)}}`),
      'FILE_UNREADABLE',
      'nested more than 64 deep',
    ],
    [
      'a tensor whose name fills a screen',
      (dir) => editHeader(dir, (header) => void (header['x'.repeat(1e6)] = header[norm]!)),
      'FILE_UNREADABLE',
      'name has 1000000 characters',
    ],
    [
      'a tensor named __proto__',
      (dir) => editHeader(dir, (_, text) => text.replace(`"${norm}"`, '"__proto__"')),
      'MODEL_BROKEN',
      norm,
    ],
    [
      'overlapping tensors',
      (dir) =>
        editHeader(dir, (header) => {
          const { data_offsets: offsets } = header[norm]!
          header['model.other.weight'] = {
            dtype: 'F32',
            shape: [1],
            data_offsets: [offsets[0], offsets[0] + 4],
          }
        }),
      'FILE_UNREADABLE',
      'overlap',
    ],
    [
      'an offset beyond the file',
      (dir) => editHeader(dir, (header) => void (header[norm]!.data_offsets = [2 ** 52, 2 ** 52 + 64])),
      'FILE_UNREADABLE',
      `"${norm}" lies at`,
    ],
    [
      'an offset that wraps around 64 bits',
      (dir) =>
        editHeader(dir, (_, text) =>
          text.replace(/"data_offsets":\[0,/, '"data_offsets":[18446744073709551612,'),
        ),
      'FILE_UNREADABLE',
      'data_offsets',
    ],
    [
      'a hole',
      (dir) => editHeader(dir, (header) => void delete header[norm]),
      'FILE_UNREADABLE',
      'belong to no tensor',
    ],
    [
      'a shape whose product overflows',
      (dir) => editHeader(dir, (header) => void (header[norm]!.shape = [2 ** 40, 2 ** 40])),
      'FILE_UNREADABLE',
      `"${norm}"`,
    ],
    [
      'shapes of another model',
      (dir) =>
        editHeader(dir, (header) => void (header['model.layers.0.mlp.up_proj.weight']!.shape = [16, 24])),
      'MODEL_BROKEN',
      'is [16, 24]; config.json asks for [24, 16]',
    ],
    ...['F64', 'I8', 'F8_E4M3', 'U8'].map((dtype): Hostile => [
      `weights of ${dtype}`,
      (dir) => editHeader(dir, (header) => void (header[norm]!.dtype = dtype)),
      'MODEL_UNSUPPORTED',
      `stored as ${dtype}`,
    ]),
  ])

  it.each([
    ['F32', 'NaN', [0, 0, 0xc0, 0x7f]],
    ['F32', 'infinity', [0, 0, 0x80, 0xff]],
    ['F16', 'NaN', [1, 0x7c]],
    ['BF16', '−infinity', [0x80, 0xff]],
  ] as const)('%s weights with one %s are found where they are', async (dtype, _what, bytes) => {
    for (const [at, element] of [
      [0, 0],
      [-bytes.length, 15],
    ] as const) {
      const dir = await hostile((spoiled) => poke(spoiled, norm, at, [...bytes]), dtype)
      const error = await errorOf(describeModel(dir))
      expect(error).toMatchObject({ code: 'NOT_FINITE', data: { tensor: norm, element } })
      expect(error.message).toContain(`tensor "${norm}" holds NaN or infinity (number ${element})`)
      // Not only the first time: the file's hash is not remembered as good.
      expect((await errorOf(describeModel(dir))).code).toBe('NOT_FINITE')
    }
  })
})

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

describe.skipIf(process.platform === 'win32')('links and things that are no files', () => {
  const outside = join(realpathSync(tempFolder()), 'secret.json')
  writeFileSync(outside, '{}')
  const link = (name: string, target: string): Spoil => {
    return (dir) => {
      rmSync(join(dir, name), { force: true })
      symlinkSync(target, join(dir, name))
    }
  }
  const pipe = (name: string): Spoil => {
    return (dir) => {
      rmSync(join(dir, name), { force: true })
      execFileSync('mkfifo', [join(dir, name)])
    }
  }
  refuses([
    [
      'weights that are a link to /etc/passwd',
      link('model.safetensors', '/etc/passwd'),
      'MODEL_BROKEN',
      'is a link to /etc/passwd, outside its model folder',
    ],
    ...[
      'config.json',
      'tokenizer.json',
      'generation_config.json',
      'chat_template.jinja',
      'tokenizer.model',
    ].map((name): Hostile => [
      `${name} that is a link elsewhere`,
      link(name, outside),
      'MODEL_BROKEN',
      `${name} is a link to ${outside}, outside`,
    ]),
    [
      'a link by way of the folder above',
      (dir) => {
        writeFileSync(join(dir, '..', 'above.json'), '{}')
        link('generation_config.json', '../above.json')(dir)
      },
      'MODEL_BROKEN',
      'outside its model folder',
    ],
    [
      'a link to nothing',
      link('tokenizer.json', 'blob'),
      'FILE_NOT_FOUND',
      'tokenizer.json is a link to nothing',
    ],
    [
      'a link to itself',
      link('model.safetensors', 'model.safetensors'),
      'FILE_NOT_FOUND',
      'is a link to nothing',
    ],
    [
      'weights that are a pipe nobody writes to',
      pipe('model.safetensors'),
      'FILE_UNREADABLE',
      'found a named pipe',
    ],
    ['a config that is a pipe', pipe('config.json'), 'FILE_UNREADABLE', 'found a named pipe'],
    ['a tokenizer that is a pipe', pipe('tokenizer.json'), 'FILE_UNREADABLE', 'found a named pipe'],
    [
      'a tokenizer that is an endless device',
      link('tokenizer.json', '/dev/zero'),
      'FILE_UNREADABLE',
      'found a device',
    ],
    [
      'weights that are a folder',
      (dir) => {
        rmSync(weights(dir))
        mkdirSync(weights(dir))
      },
      'FILE_UNREADABLE',
      'found a folder',
    ],
  ])

  it('open within the folder, and in a Hub cache from a snapshot into its own blobs', async () => {
    const dir = await hostile((own) => {
      mkdirSync(join(own, 'files'))
      renameSync(weights(own), join(own, 'files', 'w'))
      symlinkSync(join('files', 'w'), weights(own))
    })
    expect((await describeModel(dir)).layers).toBe(2)
    // The folder itself may be reached by a link: the person chose it.
    const way = join(tempFolder(), 'way')
    symlinkSync(dir, way)
    expect((await describeModel(way)).layers).toBe(2)
  })

  async function hubCache(): Promise<{ snapshot: string; repository: string; hub: string }> {
    const hub = realpathSync(tempFolder())
    const repository = join(hub, 'models--acme--tiny')
    const snapshot = join(repository, 'snapshots', 'f00d')
    mkdirSync(snapshot, { recursive: true })
    mkdirSync(join(repository, 'blobs'))
    await writeTinyModel(snapshot)
    for (const name of readdirSync(snapshot)) {
      renameSync(join(snapshot, name), join(repository, 'blobs', `hash-of-${name}`))
      symlinkSync(join('..', '..', 'blobs', `hash-of-${name}`), join(snapshot, name))
    }
    return { snapshot, repository, hub }
  }

  it('of a Hub cache may not leave its own repository', async () => {
    const { snapshot, repository, hub } = await hubCache()
    expect((await describeModel(snapshot)).layers).toBe(2)
    const other = join(hub, 'models--acme--other', 'blobs')
    mkdirSync(other, { recursive: true })
    const name = 'hash-of-model.safetensors'
    renameSync(join(repository, 'blobs', name), join(other, name))
    link('model.safetensors', join(other, name))(snapshot)
    expect(await errorOf(openModelFolder(snapshot))).toMatchObject({
      code: 'MODEL_BROKEN',
      data: { path: weights(snapshot), target: join(other, name) },
    })
    // A blob that is a link onwards is judged by where it really ends.
    link(name, join(other, name))(join(repository, 'blobs'))
    link('model.safetensors', join('..', '..', 'blobs', name))(snapshot)
    expect(await errorOf(openModelFolder(snapshot))).toMatchObject({ code: 'MODEL_BROKEN' })
  })

  it('into "blobs" beside a folder that is no snapshot are refused', async () => {
    const { repository } = await hubCache()
    renameSync(join(repository, 'snapshots'), join(repository, 'versions'))
    expect(await errorOf(openModelFolder(join(repository, 'versions', 'f00d')))).toMatchObject({
      code: 'MODEL_BROKEN',
    })
  })
})

describe('a file that changes while it is read', () => {
  it('is noticed when its tensors are read, whatever changed', async () => {
    const dir = await hostile(() => undefined)
    const { weights: open } = await openModelFolder(dir)
    utimesSync(weights(dir), new Date(1e12), new Date(1e12))
    expect(() => open.read(norm)).toThrow(expect.objectContaining({ code: 'MODEL_BROKEN' }))
    const { weights: again } = await openModelFolder(dir)
    truncateSync(weights(dir), 5000)
    expect(() => again.readSlice(norm, 0, 1)).toThrow(expect.objectContaining({ code: 'MODEL_BROKEN' }))
  })

  it('is noticed when it is hashed', async () => {
    const dir = await hostile(() => undefined)
    const folder = await openModelFolder(dir)
    const hashing = errorOf(folder.sha256())
    truncateSync(weights(dir), 5000) // the header has been read; not one of the numbers
    expect(await hashing).toMatchObject({ code: 'MODEL_BROKEN', data: { path: weights(dir) } })
    await writeTinyModel(dir, { dtype: 'BF16' })
    expect(await folder.sha256()).toMatch(/^[0-9a-f]{64}$/)
  })
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
