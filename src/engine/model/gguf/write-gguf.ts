import { createHash } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../../contract/errors.ts'
import { syncFolder } from '../../files/durable-file.ts'
import { readJsonIfThere } from '../../text/read-json.ts'
import { sizeOf } from '../../tensor/shape-rules.ts'
import type { ModelFolder } from '../model-folder.ts'
import { architectureMetadata, architectureWarnings, checkExpressible } from './architecture.ts'
import { alignment, generalMetadata } from './general-metadata.ts'
import { ByteSink, type Metadata, text, writeMetadata } from './metadata.ts'
import { rotaryParts } from './rotary-metadata.ts'
import { encodeTensor, tensorBytes, tensorTypeIds } from './tensor-encoding.ts'
import { type TensorPlan, tensorPlans } from './tensor-plan.ts'
import { tokenizerMetadata } from './tokenizer-metadata.ts'
import { readTokenizerFiles } from './tokenizer-files.ts'
import { exportVocabulary } from './vocabulary.ts'

export interface WriteGgufRequest {
  /** Its config, tokenizer and template go into the file. */
  from: Pick<ModelFolder, 'dir' | 'baseDir' | 'textDir' | 'eosIds' | 'config'>
  /** One weight as float32, row-major, by Hugging Face's name. Asked once for each, one after the other. */
  read: (name: string) => Float32Array
  outPath: string
  type: 'f16' | 'q8_0'
  /** `general.name`. Default: the folder's. */
  name?: string
  /** More texts for the header, by full key ("general.license"). */
  metadata?: Readonly<Record<string, string>>
}

export interface WrittenGguf {
  path: string
  bytes: number
  /** Hex. */
  sha256: string
  /** Where llama.cpp will compute or tokenize otherwise, though rarely. */
  warnings: string[]
}

const version = 3
const chunkElements = 2 ** 20 // a multiple of a block

interface PlacedTensor extends TensorPlan {
  elements: number
  /** From the start of the data. */
  offset: number
  values?: Float32Array
}

/**
 * Writes a GGUF file (version 3) that llama.cpp loads. Yields bytes done of all. Holds one weight at a time; streams to
 * `outPath + '.partial'`, fsyncs, renames; equal input gives equal bytes. A GGUF file already there is replaced.
 *
 * Throws MODEL_UNSUPPORTED, naming what llama.cpp cannot compute or tokenize, before anything is written; MODEL_BROKEN for
 * a weight of another size; NOT_FINITE; FILE_EXISTS where outPath is something else than a GGUF file; DISK_FULL.
 */
export async function* writeGguf(
  request: WriteGgufRequest,
): AsyncGenerator<{ done: number; total: number }, WrittenGguf> {
  const { from, read } = request
  const path = resolve(request.outPath)
  const prepared = await prepare(request)
  await refuseForeignFile(path)
  const { header, tensors, dataBytes, warnings } = prepared
  const total = header.length + dataBytes
  const partial = `${path}.partial`
  const hash = createHash('sha256')
  let done = 0
  let file: FileHandle | undefined
  let complete = false
  try {
    file = await open(partial, 'w')
    const write = async (bytes: Uint8Array): Promise<void> => {
      hash.update(bytes)
      await file!.writeFile(bytes)
      done += bytes.length
    }
    await write(header)
    for (const tensor of tensors) {
      await write(new Uint8Array(header.length + tensor.offset - done))
      const values = tensor.values ?? readTensor(read, tensor, from.dir)
      for (let start = 0; start < values.length; start += chunkElements) {
        await write(encodeTensor(tensor.name, values.subarray(start, start + chunkElements), tensor.type))
        yield { done, total }
      }
    }
    await write(new Uint8Array(total - done))
    await file.sync()
    await file.close()
    file = undefined
    await rename(partial, path)
    complete = true
    await syncFolder(dirname(path))
  } catch (error) {
    throw writeError(error, path)
  } finally {
    await file?.close()
    if (!complete) await rm(partial, { force: true })
  }
  return { path, bytes: total, sha256: hash.digest('hex'), warnings }
}

/** Everything that can be refused is refused here. */
async function prepare({ from, type, name, metadata }: WriteGgufRequest) {
  const json = z
    .record(z.string(), z.unknown())
    .parse(await readJsonIfThere(join(from.baseDir, 'config.json')))
  const { config } = from // not parsed anew: the weights may contradict what the file says of the head
  checkExpressible(config)
  const rotary = rotaryParts(json, config)
  const files = await readTokenizerFiles(from.textDir)
  const vocabulary = exportVocabulary(files, config, from.textDir)
  const tokenizer = tokenizerMetadata(files, vocabulary, config, from.eosIds)
  const given = (name ?? basename(resolve(from.dir))).trim() || 'model'
  const general = generalMetadata(given, type, config, files)
  for (const [key, value] of Object.entries(metadata ?? {})) {
    if (!/^[a-z0-9_]+(\.[a-z0-9_]+)+$/.test(key) || general.has(key) || tokenizer.has(key))
      throw new AppError('BAD_INPUT', `"${key}" cannot be a key of the file's own. Name it "general.…".`, {
        key,
      })
    general.set(key, text(value))
  }
  const all: Metadata = new Map([
    ...general,
    ...architectureMetadata(config),
    ...rotary.metadata,
    ...tokenizer,
  ])
  const extra = [...rotary.tensors].map(([tensor, values]): TensorPlan & { values: Float32Array } => ({
    name: tensor,
    shape: [values.length],
    type: 'f32',
    source: '',
    values,
  }))
  const { tensors, dataBytes } = place([...extra, ...tensorPlans(config, type)])
  return {
    header: encodeHeader(all, tensors),
    tensors,
    dataBytes,
    warnings: [...architectureWarnings(config), ...vocabulary.warnings],
  }
}

function place(plans: readonly (TensorPlan & { values?: Float32Array })[]) {
  let offset = 0
  const tensors = plans.map((plan): PlacedTensor => {
    const elements = sizeOf(plan.shape)
    const placed = { ...plan, elements, offset }
    offset = padded(offset + tensorBytes(plan.type, elements))
    return placed
  })
  return { tensors, dataBytes: offset }
}

const padded = (bytes: number): number => Math.ceil(bytes / alignment) * alignment

function encodeHeader(metadata: Metadata, tensors: readonly PlacedTensor[]): Uint8Array {
  const sink = new ByteSink()
  for (const letter of 'GGUF') sink.uint8(letter.charCodeAt(0))
  sink.uint32(version)
  sink.uint64(tensors.length)
  sink.uint64(metadata.size)
  writeMetadata(sink, metadata)
  for (const { name, shape, type, offset } of tensors) {
    sink.string(name)
    sink.uint32(shape.length)
    for (const side of shape.toReversed()) sink.uint64(side)
    sink.uint32(tensorTypeIds[type])
    sink.uint64(offset)
  }
  sink.zeros(padded(sink.length) - sink.length)
  return sink.finish()
}

function readTensor(read: WriteGgufRequest['read'], tensor: PlacedTensor, dir: string): Float32Array {
  const values = read(tensor.source)
  if (values.length !== tensor.elements) {
    throw new AppError(
      'MODEL_BROKEN',
      `"${tensor.source}" of ${dir} has ${values.length} numbers; expected [${tensor.shape.join(', ')}].`,
      { tensor: tensor.source },
    )
  }
  return tensor.transform?.(values) ?? values
}

async function refuseForeignFile(path: string): Promise<void> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw writeError(error, path)
  }
  try {
    const isFile = (await file.stat()).isFile()
    const magic = new Uint8Array(4)
    if (isFile) await file.read(magic, 0, 4, 0)
    if (new TextDecoder('latin1').decode(magic) !== 'GGUF')
      throw new AppError(
        'FILE_EXISTS',
        `${path} is there and is no GGUF file; nothing was written. Choose another name.`,
        {
          path,
        },
      )
  } finally {
    await file.close()
  }
}

function writeError(error: unknown, path: string): unknown {
  if (error instanceof AppError || !(error instanceof Error) || !('code' in error)) return error
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new AppError(
      'DISK_FULL',
      `Could not write ${path}: the disk is full. Free some space and export again.`,
      { path },
      { cause: error },
    )
  }
  const system = String(error.code)
  return new AppError(
    system === 'ENOENT' ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
    `Could not write ${path}: the system answered ${system}. Choose a folder that is there and may be written to.`,
    { path, system },
    { cause: error },
  )
}
