import { closeSync, fstatSync, readSync, type Stats } from 'node:fs'
import { AppError } from '../../contract/errors.ts'
import { decodeBf16, decodeF16 } from '../tensor/half-floats.ts'
import { openPlainFile } from './model-file.ts'
import {
  bytesPerElement,
  notSafetensors,
  readHeader,
  type SafetensorsHeader,
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
