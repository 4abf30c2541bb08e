import { createHash } from 'node:crypto'
import { closeSync, fstatSync, readSync, type Stats } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { bf16Bits, decodeBf16, decodeF16, f16Bits } from './half-floats.ts'
import { openPlainFile } from './model-file.ts'
import {
  bytesPerElement,
  notSafetensors,
  readHeader,
  type SafetensorsHeader,
  type WeightDtype,
  type WeightEntry,
} from './safetensors-header.ts'

export { bytesPerElement, type WeightDtype, type WeightEntry } from './safetensors-header.ts'

/** Weights by name, wherever they come from; each is made when it is asked for and belongs to who asked. */
export interface LazyWeights {
  tensors: ReadonlyMap<string, { shape: readonly number[] }>
  /** One tensor as float32, row-major. Throws MODEL_BROKEN for a name that is not there. */
  read(name: string): Float32Array
}

/** The weights of one or several safetensors files. */
export interface WeightSource extends LazyWeights {
  tensors: ReadonlyMap<string, WeightEntry>
  /** Of all files together. */
  bytes: number
  /** In the order of their names. */
  paths: readonly string[]
  /** Throws MODEL_BROKEN for a name that is not there or a file that changed since it was opened. */
  read(name: string): Float32Array<ArrayBuffer>
  /** The `length` numbers of a tensor from number `start` on. Throws as `read`. */
  readSlice(name: string, start: number, length: number): Float32Array<ArrayBuffer>
}

export interface WeightFile extends WeightSource {
  path: string
  metadata: Record<string, string>
  dataStart: number
  /** Of the file whose header was read. */
  stats: Stats
}

export interface Weight {
  shape: readonly number[]
  data: Float32Array
}

const chunkElements = 2 ** 20

/** Reads the header alone and checks every bound. Throws FILE_NOT_FOUND, FILE_UNREADABLE or MODEL_UNSUPPORTED. */
export function openSafetensors(path: string): WeightFile {
  const { file, stats } = openPlainFile(path)
  let header: SafetensorsHeader
  try {
    header = readHeader(path, stats.size, (into, position) => readInto(file, path, into, position))
  } finally {
    closeSync(file)
  }
  const entryOf = (name: string): WeightEntry => {
    const entry = header.tensors.get(name)
    if (entry) return entry
    throw new AppError('MODEL_BROKEN', `${path} holds no tensor "${name}".`, { path, tensor: name })
  }
  return {
    path,
    paths: [path],
    bytes: stats.size,
    stats,
    ...header,
    read: (name) => {
      const entry = entryOf(name)
      return readNumbers(stats, entry, 0, elementCount(entry))
    },
    readSlice: (name, start, length) => readNumbers(stats, entryOf(name), start, length),
  }
}

const elementCount = ({ begin, end, dtype }: WeightEntry): number => (end - begin) / bytesPerElement[dtype]

function readInto(file: number, path: string, target: Uint8Array, position: number): void {
  let done = 0
  while (done < target.length) {
    // One read call takes at most 2 GiB − 1.
    const got = readSync(file, target, done, Math.min(target.length - done, 2 ** 30), position + done)
    if (got === 0)
      throw notSafetensors(
        path,
        `it ends at byte ${position + done}, ${target.length - done} bytes too early`,
      )
    done += got
  }
}

function readNumbers(
  opened: Stats,
  entry: WeightEntry,
  start: number,
  length: number,
): Float32Array<ArrayBuffer> {
  const { path, dtype } = entry
  if (start < 0 || length < 0 || start + length > elementCount(entry)) {
    throw new RangeError(
      `numbers ${start}–${start + length} of a tensor of ${elementCount(entry)} in ${path}`,
    )
  }
  const { file } = openPlainFile(path)
  try {
    expectSameFile(path, opened, fstatSync(file))
    const begin = entry.begin + start * bytesPerElement[dtype]
    const result = new Float32Array(length)
    if (dtype === 'F32') {
      readInto(file, path, new Uint8Array(result.buffer), begin)
      return result
    }
    const decode = dtype === 'BF16' ? decodeBf16 : decodeF16
    const chunk = new Uint16Array(Math.min(length, chunkElements))
    for (let at = 0; at < length; at += chunkElements) {
      const bits = chunk.subarray(0, Math.min(chunkElements, length - at))
      readInto(file, path, new Uint8Array(bits.buffer, 0, bits.byteLength), begin + at * 2)
      decode(bits, result.subarray(at, at + bits.length))
    }
    return result
  } finally {
    closeSync(file)
  }
}

/** Throws MODEL_BROKEN where a file is not the one whose header was read. */
export function expectSameFile(path: string, opened: Stats, now: Stats): void {
  if (now.ino === opened.ino && now.size === opened.size && now.mtimeMs === opened.mtimeMs) return
  throw new AppError('MODEL_BROKEN', `${path} was replaced while it was being read. Open the model again.`, {
    path,
  })
}

/** Tensors in memory as a lazy source. Throws MODEL_BROKEN for a shape that does not fit its numbers. */
export function inMemory(weights: ReadonlyMap<string, Weight>): LazyWeights {
  for (const [name, { shape, data }] of weights) {
    const elements = sizeOf(shape)
    if (elements === data.length) continue
    throw new AppError(
      'MODEL_BROKEN',
      `tensor "${name}" [${shape.join(', ')}] wants ${elements} numbers; it has ${data.length}.`,
      {
        tensor: name,
      },
    )
  }
  return {
    tensors: weights,
    read: (name) => {
      const weight = weights.get(name)
      if (weight) return weight.data
      throw new AppError('MODEL_BROKEN', `there is no tensor "${name}".`, { tensor: name })
    },
  }
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1)

/** What has been written so far; `bytes` includes the header. */
export interface WriteStep {
  bytes: number
  totalBytes: number
}

/**
 * Writes tensors sorted by name: equal input gives equal bytes. Streams to `path + '.partial'`, fsyncs, renames. A lazy
 * source is read one tensor at a time. Values are rounded to nearest, ties to even. Throws NOT_FINITE, naming the tensor,
 * for NaN or infinity, also where a number does not fit F16. Yields after every chunk; returns the size and the sha256.
 */
export async function* writingSafetensors(
  path: string,
  weights: LazyWeights,
  dtype: WeightDtype,
  metadata: Record<string, string> = { format: 'pt' },
): AsyncGenerator<WriteStep, { bytes: number; sha256: string }> {
  const names = [...weights.tensors.keys()].toSorted()
  const header: Record<string, unknown> = { __metadata__: metadata }
  let offset = 0
  for (const name of names) {
    const { shape } = weights.tensors.get(name)!
    const end = offset + sizeOf(shape) * bytesPerElement[dtype]
    header[name] = { dtype, shape, data_offsets: [offset, end] }
    offset = end
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const padded = Math.ceil(json.length / 8) * 8
  const head = new Uint8Array(8 + padded).fill(0x20)
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true)
  head.set(json, 8)

  const totalBytes = head.length + offset
  const hash = createHash('sha256')
  const partial = `${path}.partial`
  const file = await open(partial, 'w')
  try {
    await file.writeFile(head)
    hash.update(head)
    let written = head.length
    for (const name of names) {
      const data = weights.read(name)
      const elements = sizeOf(weights.tensors.get(name)!.shape)
      if (data.length !== elements) {
        throw new AppError(
          'MODEL_BROKEN',
          `tensor "${name}" wants ${elements} numbers; its source gave ${data.length}.`,
          { tensor: name },
        )
      }
      for (let start = 0; start < data.length; start += chunkElements) {
        const bytes = encode(name, data.subarray(start, start + chunkElements), dtype)
        await file.writeFile(bytes)
        hash.update(bytes)
        yield { bytes: (written += bytes.length), totalBytes }
      }
    }
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(partial, path)
  await syncFolder(dirname(path))
  return { bytes: totalBytes, sha256: hash.digest('hex') }
}

/** As writingSafetensors, of tensors in memory and without the steps. */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Weight>,
  dtype: WeightDtype,
  metadata?: Record<string, string>,
): Promise<{ bytes: number; sha256: string }> {
  const writing = writingSafetensors(path, inMemory(tensors), dtype, metadata)
  let step = await writing.next()
  while (!step.done) step = await writing.next()
  return step.value
}

/** Makes a rename in the folder durable. Windows cannot fsync a folder and does not need to. */
export async function syncFolder(dir: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(dir, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function encode(name: string, values: Float32Array, dtype: WeightDtype): Uint8Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  for (let i = 0; i < words.length; i++) {
    if ((words[i]! & 0x7f800000) === 0x7f800000) throw notFinite(name, `is ${values[i]}`)
  }
  if (dtype === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  const bits = new Uint16Array(values.length)
  for (let i = 0; i < words.length; i++) {
    const half = dtype === 'BF16' ? bf16Bits(words[i]!) : f16Bits(words[i]!)
    const infinity = dtype === 'BF16' ? 0x7f80 : 0x7c00
    if ((half & 0x7fff) === infinity) throw notFinite(name, `holds ${values[i]}, which does not fit ${dtype}`)
    bits[i] = half
  }
  return new Uint8Array(bits.buffer)
}

const notFinite = (name: string, what: string): AppError =>
  new AppError(
    'NOT_FINITE',
    `tensor "${name}" ${what}. Expected finite weights; the model was not written.`,
    {
      tensor: name,
    },
  )
