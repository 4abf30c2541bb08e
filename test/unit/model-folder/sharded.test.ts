import { createHash } from 'node:crypto'
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeModel } from '../../../src/engine/model/model-card.ts'
import { type ModelFolder, openModelFolder } from '../../../src/engine/model/model-folder.ts'
import { type LazyWeights, openSafetensors } from '../../../src/engine/model/safetensors.ts'
import { inMemory, writeSafetensors } from '../../../src/engine/model/write-safetensors.ts'
import { commonFolder } from '../../../src/engine/model/weight-source.ts'
import { planShards } from '../../../src/engine/model/weight-shards.ts'
import { weightsSha256 } from '../../../src/engine/model/weights-sha256.ts'
import { writeModelFolder, writingModelFolder } from '../../../src/engine/model/write-model-folder.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import * as t from '../../../src/engine/tensor/build.ts'
import { Graph } from '../../../src/engine/tensor/graph.ts'
import { templates } from '../text/tiny-tokenizers.ts'
import { tempFolder, tinyConfig, tinyWeights, writeTinyModel } from './tiny-model.ts'

const indexName = 'model.safetensors.index.json'
const chat = { special: ['<s>', '</s>', '<|im_start|>', '<|im_end|>'], chatTemplate: templates.chatMl }
const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex')

/** The tiny model in files of at most 9,000 bytes: the embeddings (17,408 bytes) have one of their own. */
async function sharded(): Promise<{ from: ModelFolder; dir: string; files: string[] }> {
  const from = await openModelFolder(await writeTinyModel(tempFolder(), { tokenizer: chat }))
  const dir = join(tempFolder(), 'model')
  const written = await writeModelFolder({
    from,
    outDir: dir,
    weights: tinyWeights(tinyConfig),
    dtype: 'F32',
    maxShardBytes: 9000,
  })
  return { from, dir, files: written.files.map(({ name }) => name) }
}

interface Index {
  metadata: Record<string, number>
  weight_map: Record<string, string>
}
function editIndex(dir: string, edit: (index: Index) => void): string {
  const path = join(dir, indexName)
  const index = JSON.parse(readFileSync(path, 'utf8')) as Index
  edit(index)
  writeFileSync(path, JSON.stringify(index))
  return dir
}

test('a model above the limit is written in shards with an index and opens as the same model', async () => {
  const { from, dir, files } = await sharded()
  expect(files).toEqual([1, 2, 3].map((n) => `model-0000${n}-of-00003.safetensors`))
  const index = JSON.parse(readFileSync(join(dir, indexName), 'utf8')) as Index
  const numbers = 272 * 16 + 16 + 2 * (32 + 768 + 1152)
  expect(index.metadata).toEqual({ total_parameters: numbers, total_size: 4 * numbers })
  expect(Object.keys(index.weight_map)).toEqual([...tinyWeights(tinyConfig).keys()].toSorted())

  const folder = await openModelFolder(dir)
  for (const [name, { data }] of tinyWeights(tinyConfig)) expect(folder.weights.read(name)).toEqual(data)
  expect(folder.weights.bytes).toBe(
    files.reduce((sum, name) => sum + readFileSync(join(dir, name)).length, 0),
  )
  expect([...folder.weights.readSlice('model.norm.weight', 3, 2)]).toEqual([
    ...from.weights.read('model.norm.weight').subarray(3, 5),
  ])
  expect(await describeModel(dir)).toMatchObject({ parameters: numbers, dtype: 'F32' })
})

test('the hash of shards is that of their names and hashes; that of one file is the file’s own', async () => {
  const { from, dir, files } = await sharded()
  const lines = files.map((name) => `${name} ${sha256(readFileSync(join(dir, name)))}\n`)
  const folder = await openModelFolder(dir)
  expect(await folder.sha256()).toBe(sha256(lines.join('')))
  expect(await weightsSha256(dir)).toBe(await folder.sha256())
  expect(await weightsSha256(from.dir)).toBe(sha256(readFileSync(join(from.dir, 'model.safetensors'))))
  await expect(weightsSha256(tempFolder())).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
})

test('a session reads all shards from one folder, also behind the links of a Hub cache', async () => {
  const { dir } = await sharded()
  const cache = join(tempFolder(), 'models--a--b')
  const snapshot = join(cache, 'snapshots', 'f00')
  cpSync(dir, snapshot, { recursive: true })
  mkdirSync(join(cache, 'blobs'))
  for (const name of readdirSync(snapshot)) {
    // One file that is no link, as a cache on a disk without links has them, makes the common folder a higher one.
    if (name === 'model-00002-of-00003.safetensors') continue
    renameSync(join(snapshot, name), join(cache, 'blobs', sha256(name)))
    symlinkSync(join('..', '..', 'blobs', sha256(name)), join(snapshot, name))
  }
  for (const model of [dir, snapshot]) {
    const { weights } = await openModelFolder(model)
    const { folder, nameOf } = commonFolder(weights.paths)
    expect(folder).toBe(realpathSync(model === dir ? dir : cache))
    const graph = new Graph()
    for (const [name, { shape, begin, end, path }] of weights.tensors) {
      const external = { file: nameOf(path), offset: begin, bytes: end - begin }
      const weight = graph.apply({ kind: 'External', name, dtype: 'f32', shape, ...external })
      graph.output(`twice ${name}`, t.scale(weight, 2))
    }
    const program = await Program.compile(graph, { threads: 1, weightsFolder: folder })
    const results = await program.run({})
    await program.release()
    for (const [name, { data }] of tinyWeights(tinyConfig))
      expect(results[`twice ${name}`]).toEqual(data.map((value) => 2 * value))
  }
})

test('shards of different dtypes are one model', async () => {
  const { dir, files } = await sharded()
  const path = join(dir, files[2]!)
  const file = openSafetensors(path)
  const weights = new Map(
    [...file.tensors].map(([name, { shape }]) => [name, { shape, data: file.read(name) }]),
  )
  await writeSafetensors(path, weights, 'BF16')
  expect((await describeModel(dir)).dtype).toBe('BF16, F32')
  const folder = await openModelFolder(dir)
  // The tiny weights are exact in bfloat16.
  for (const [name, { data }] of tinyWeights(tinyConfig)) expect(folder.weights.read(name)).toEqual(data)
})

test('shards of another save that lie about are named in a warning', async () => {
  const { dir, files } = await sharded()
  cpSync(join(dir, files[0]!), join(dir, 'model-00001-of-00009.safetensors'))
  expect((await openModelFolder(dir)).warnings).toEqual([
    expect.stringContaining('model-00001-of-00009.safetensors'),
  ])
})

const norm = 'model.norm.weight'
const broken: [what: string, spoil: (dir: string, files: string[]) => void, code: string, text: string][] = [
  [
    'a shard that is missing',
    (dir, files) => rmSync(join(dir, files[1]!)),
    'FILE_NOT_FOUND',
    'names model-00002-of-00003.safetensors, which is not in the folder',
  ],
  [
    'an index that is missing',
    (dir) => rmSync(join(dir, indexName)),
    'FILE_NOT_FOUND',
    `without its ${indexName}`,
  ],
  [
    'an index without a map',
    (dir) => writeFileSync(join(dir, indexName), '{}'),
    'FILE_UNREADABLE',
    '"weight_map"',
  ],
  [
    'an index that names a tensor twice',
    (dir) =>
      writeFileSync(
        join(dir, indexName),
        '{"weight_map": {"a": "x.safetensors", "\\u0061": "y.safetensors"}}',
      ),
    'FILE_UNREADABLE',
    'twice',
  ],
  ...['../x.safetensors', '/etc/passwd', 'a\\b.safetensors', 'config.json'].map(
    (name): [string, (dir: string) => void, string, string] => [
      `an index that names ${name}`,
      (dir) => editIndex(dir, (index) => (index.weight_map[norm] = name)),
      'MODEL_BROKEN',
      'expected the name of a .safetensors file in the same folder',
    ],
  ),
  [
    'a tensor that is in no file',
    (dir, files) => editIndex(dir, (index) => (index.weight_map['model.other.weight'] = files[0]!)),
    'MODEL_BROKEN',
    'the index names "model.other.weight", which model-00001-of-00003.safetensors lacks',
  ],
  [
    'a tensor that is in another file than the index says',
    (dir, files) => editIndex(dir, (index) => (index.weight_map[norm] = files[0]!)),
    'MODEL_BROKEN',
    `"${norm}" lies in model-00003-of-00003.safetensors; the index says model-00001-of-00003.safetensors`,
  ],
  [
    'a tensor that is in two files',
    (dir, files) => {
      cpSync(join(dir, files[2]!), join(dir, 'extra.safetensors'))
      editIndex(dir, (index) => (index.weight_map['model.other.weight'] = 'extra.safetensors'))
    },
    'MODEL_BROKEN',
    'lies in extra.safetensors and again in model-00003-of-00003.safetensors',
  ],
]
for (const [what, spoil, code, text] of broken) {
  test(`${what} is one clear error`, async () => {
    const { dir, files } = await sharded()
    spoil(dir, files)
    await expect(openModelFolder(dir)).rejects.toMatchObject({ code, message: expect.stringContaining(text) })
  })
}

test('shards are filled in order; a tensor above the limit has a file of its own', () => {
  const tensors = new Map([3, 4, 100, 4, 2, 9].map((size, i) => [`t${i}`, { shape: [size] }] as const))
  const plan = planShards(tensors, 'BF16', 14)
  // huggingface_hub puts a large tensor down at once and keeps filling the file before it.
  expect(plan.map((shard) => shard.tensors)).toEqual([['t2'], ['t0', 't1'], ['t5'], ['t3', 't4']])
  expect(plan[3]!.name).toBe('model-00004-of-00004.safetensors')
  expect(planShards(tensors, 'BF16', 1e9).map(({ name }) => name)).toEqual(['model.safetensors'])
})

test('a lazy source is asked for each tensor once, in turn, and its progress is told', async () => {
  const from = await openModelFolder(await writeTinyModel(tempFolder()))
  const all = inMemory(tinyWeights(tinyConfig))
  const asked: string[] = []
  const weights: LazyWeights = {
    tensors: all.tensors,
    read: (name) => {
      asked.push(name)
      return all.read(name)
    },
  }
  const outDir = join(tempFolder(), 'model')
  const bytes: number[] = []
  let total = 0
  for await (const step of writingModelFolder({
    from,
    outDir,
    weights,
    dtype: 'BF16',
    maxShardBytes: 9000,
  })) {
    bytes.push(step.bytes)
    total = step.totalBytes
  }
  expect(asked.toSorted()).toEqual([...all.tensors.keys()].toSorted())
  expect(bytes).toEqual(bytes.toSorted((a, b) => a - b))
  expect([bytes.length, bytes.at(-1)]).toEqual([asked.length, total])
  expect((await describeModel(outDir)).dtype).toBe('BF16')
})
