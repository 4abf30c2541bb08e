import { mkdir, readdir, readFile, rm, statfs } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { ModelLineage } from '../../contract/lineage.ts'
import { configText } from './config-text.ts'
import { parseModelConfig } from './families/index.ts'
import { lineageCard } from './lineage-card.ts'
import { modelFile, parseJsonObject } from './model-file.ts'
import type { ModelFolder } from './model-folder.ts'
import { copyTextFiles } from './text-files.ts'
import { moveIntoPlace, refuseForeignFolder } from './replace-folder.ts'
import { syncFolder, writeDurable } from '../files/durable-file.ts'
import type { LazyWeights, Weight, WeightDtype } from './safetensors.ts'
import { inMemory, type WriteStep } from './write-safetensors.ts'
import { expectedWeights } from './weight-names.ts'
import { dataBytes, defaultShardBytes, type WrittenWeights, writingShards } from './weight-shards.ts'

export interface WriteModelRequest {
  /** The model whose config, tokenizer and template the new one takes over. */
  from: ModelFolder
  outDir: string
  /** All weights of the config by name and nothing else: in memory, or made one at a time. */
  weights: ReadonlyMap<string, Weight> | LazyWeights
  dtype: WeightDtype
  /** Bytes of numbers in one file of weights; above it they are several, with an index. */
  maxShardBytes?: number
  /** README.md: made from the lineage, or the source's own taken along; absent = none. */
  card?: ModelLineage | 'as-source' | null
}

export interface WrittenModel extends WrittenWeights {
  dir: string
}

/** Files that are copied as they are, where the source has them. */
const copied = ['generation_config.json', 'LICENSE', 'LICENSE.txt', 'LICENSE.md', 'NOTICE', 'NOTICE.txt']

/**
 * Writes a Hugging Face folder under `outDir + '.partial'`, fsyncs it and renames it; config.json and the tokenizer's
 * files keep their text. A folder already there is kept where it is equal, and otherwise moved aside to
 * `outDir + '.replaced-N'` once the new one is complete. Throws MODEL_BROKEN (weights that do not fit the config),
 * NOT_FINITE, DISK_FULL, or FILE_EXISTS where outDir is no model.
 */
export async function* writingModelFolder(
  request: WriteModelRequest,
): AsyncGenerator<WriteStep, WrittenModel> {
  const { from } = request
  const outDir = resolve(request.outDir)
  const weights = inOrder(from, isLazy(request.weights) ? request.weights : inMemory(request.weights))
  for (const source of [from.dir, from.baseDir]) await refuseForeignFolder(outDir, source)
  const partial = `${outDir}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })
  try {
    const written = yield* fillFolder(partial, request, weights)
    await moveIntoPlace(partial, outDir)
    return { dir: outDir, ...written }
  } finally {
    // Also where whoever listened went away in the middle: gigabytes of half a model are of no use.
    await rm(partial, { recursive: true, force: true })
  }
}

async function* fillFolder(
  partial: string,
  { from, dtype, card, maxShardBytes = defaultShardBytes }: WriteModelRequest,
  weights: LazyWeights,
): AsyncGenerator<WriteStep, WrittenWeights> {
  await expectSpace(partial, dataBytes(weights.tensors, dtype))

  await writeDurable(join(partial, 'config.json'), await newConfig(from, dtype))
  const there = new Set(await readdir(from.baseDir))
  const source = async (name: string): Promise<Uint8Array> => readFile(await modelFile(from.baseDir, name))
  for (const name of copied) if (there.has(name)) await writeDurable(join(partial, name), await source(name))
  await copyTextFiles(from.textDir, partial)
  const sourceCard = there.has('README.md') ? await source('README.md') : null
  if (card === 'as-source') {
    // A base's card does not describe what an adapter made of it.
    if (sourceCard && !from.adapter) await writeDurable(join(partial, 'README.md'), sourceCard)
  } else if (card) {
    const text = lineageCard(card, sourceCard === null ? null : new TextDecoder().decode(sourceCard))
    await writeDurable(join(partial, 'README.md'), text)
  }
  const { index, ...written } = yield* writingShards(partial, weights, dtype, maxShardBytes)
  if (index) await writeDurable(join(partial, index.name), index.text)
  await syncFolder(partial)
  return written
}

const isLazy = (weights: WriteModelRequest['weights']): weights is LazyWeights => 'read' in weights

/** As writingModelFolder, without the steps. */
export async function writeModelFolder(request: WriteModelRequest): Promise<WrittenModel> {
  const writing = writingModelFolder(request)
  let step = await writing.next()
  while (!step.done) step = await writing.next()
  return step.value
}

/** Checks that all is there and fits, and puts it into the model's order: shards are filled in it. */
function inOrder({ config }: ModelFolder, weights: LazyWeights): LazyWeights {
  const expected = expectedWeights(config)
  for (const [name, shape] of expected) {
    const weight = weights.tensors.get(name)
    if (!weight)
      throw new AppError('MODEL_BROKEN', `the model to be written lacks "${name}".`, { tensor: name })
    if (weight.shape.length !== shape.length || weight.shape.some((side, i) => side !== shape[i])) {
      const found = weight.shape.join(', ')
      throw new AppError(
        'MODEL_BROKEN',
        `"${name}" is [${found}]; its config asks for [${shape.join(', ')}].`,
        { tensor: name },
      )
    }
  }
  for (const name of weights.tensors.keys()) {
    if (!expected.has(name))
      throw new AppError('MODEL_BROKEN', `"${name}" has no place in this model.`, { tensor: name })
  }
  return {
    tensors: new Map([...expected].map(([name, shape]) => [name, { shape }])),
    read: (name) => weights.read(name),
  }
}

async function newConfig(from: ModelFolder, dtype: WeightDtype): Promise<string> {
  const path = await modelFile(from.baseDir, 'config.json')
  const bytes = await readFile(path)
  const stated = parseModelConfig(parseJsonObject(bytes, path))
  const contradicted = stated.tiedEmbeddings !== from.config.tiedEmbeddings
  return configText(
    new TextDecoder().decode(bytes),
    dtype,
    contradicted ? from.config.tiedEmbeddings : undefined,
  )
}

async function expectSpace(dir: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir)
  const free = bavail * bsize
  if (free >= bytes) return
  throw new AppError(
    'DISK_FULL',
    `the weights take ${(bytes / 1e9).toFixed(2)} GB; ${dir} has ${(free / 1e9).toFixed(2)} GB free. Free some space and ` +
      'run the same again.',
    { dir, bytes, free },
  )
}
