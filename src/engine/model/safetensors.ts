import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../contract/errors.ts'

export type WeightDtype = 'F32' | 'F16' | 'BF16'
export const bytesPerElement: Record<WeightDtype, number> = { F32: 4, F16: 2, BF16: 2 }

/** `begin` and `end` are absolute byte offsets in the file: an ONNX initializer may point straight at them. */
export interface WeightEntry {
  dtype: WeightDtype
  shape: number[]
  begin: number
  end: number
}

export interface WeightFile {
  path: string
  bytes: number
  tensors: Map<string, WeightEntry>
  /** The header's `__metadata__`. */
  metadata: Record<string, string>
  /** One tensor as float32, row-major. Throws MODEL_BROKEN for a name that is not there or a file that changed. */
  read(name: string): Float32Array<ArrayBuffer>
}

export interface Weight {
  shape: readonly number[]
  data: Float32Array
}

/** The official reader's own limit (safetensors, `MAX_HEADER_SIZE`). */
const maxHeaderBytes = 100_000_000
const chunkElements = 2 ** 20

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const Entry = z.object({ dtype: z.string(), shape: z.array(count), data_offsets: z.tuple([count, count]) })
const Metadata = z.record(z.string(), z.string())

/** Reads the header alone and checks every bound. Throws FILE_NOT_FOUND, FILE_UNREADABLE or MODEL_UNSUPPORTED. */
export function openSafetensors(path: string): WeightFile {
  const file = openForReading(path)
  try {
    const stats = fstatSync(file)
    const { header, dataStart } = readHeader(file, stats.size, path)
    const tensors = new Map<string, WeightEntry>()
    let metadata: Record<string, string> = {}
    for (const [name, value] of Object.entries(header)) {
      if (name === '__metadata__') {
        const parsed = Metadata.safeParse(value)
        if (!parsed.success) throw unreadable(path, 'expected "__metadata__" to map texts to texts')
        metadata = parsed.data
      } else {
        tensors.set(name, parseEntry(path, name, value, dataStart, stats.size))
      }
    }
    checkCoverage(path, tensors, dataStart, stats.size)
    return {
      path,
      bytes: stats.size,
      tensors,
      metadata,
      read: (name) => readTensor(path, stats, tensors, name),
    }
  } finally {
    closeSync(file)
  }
}

const unreadable = (path: string, what: string): AppError =>
  new AppError(
    'FILE_UNREADABLE',
    `${path} is not a complete safetensors file: ${what}. Download or copy it again.`,
    {
      path,
    },
  )

function openForReading(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    const message = missing
      ? `expected a safetensors file at ${path}; found none`
      : `cannot open ${path}: ${String(cause)}`
    throw new AppError(missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE', message, { path }, { cause })
  }
}

function readInto(file: number, path: string, target: Uint8Array, position: number): void {
  let done = 0
  while (done < target.length) {
    // One read call takes at most 2 GiB − 1.
    const got = readSync(file, target, done, Math.min(target.length - done, 2 ** 30), position + done)
    if (got === 0)
      throw unreadable(path, `it ends at byte ${position + done}, ${target.length - done} bytes too early`)
    done += got
  }
}

function readHeader(file: number, fileBytes: number, path: string) {
  if (fileBytes < 8) throw unreadable(path, `expected at least 8 bytes; found ${fileBytes}`)
  const prefix = new Uint8Array(8)
  readInto(file, path, prefix, 0)
  if (new TextDecoder('latin1').decode(prefix) === 'version ') {
    throw unreadable(path, 'it is a Git LFS pointer, not the weights (run "git lfs pull" where it came from)')
  }
  const length = new DataView(prefix.buffer).getBigUint64(0, true)
  if (length > BigInt(maxHeaderBytes)) {
    throw unreadable(path, `its header claims ${length} bytes, over the limit of ${maxHeaderBytes}`)
  }
  if (length > BigInt(fileBytes - 8)) {
    throw unreadable(path, `its header claims ${length} bytes; only ${fileBytes - 8} follow`)
  }
  const text = new Uint8Array(Number(length))
  readInto(file, path, text, 8)
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text))
  } catch (cause) {
    throw unreadable(
      path,
      `its header is not JSON (${cause instanceof Error ? cause.message : String(cause)})`,
    )
  }
  const header = z.record(z.string(), z.unknown()).safeParse(json)
  if (!header.success) throw unreadable(path, 'expected its header to be an object of tensors')
  return { header: header.data, dataStart: 8 + Number(length) }
}

function parseEntry(
  path: string,
  name: string,
  value: unknown,
  dataStart: number,
  fileBytes: number,
): WeightEntry {
  const parsed = Entry.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw unreadable(
      path,
      `tensor "${name}": ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'not understood'}`,
    )
  }
  const { dtype, shape } = parsed.data
  const [from, to] = parsed.data.data_offsets
  if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16') {
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `${path}: tensor "${name}" is stored as ${dtype}; this version reads F32, F16 and BF16. ` +
        'Choose a checkpoint that is not quantized.',
      { path, tensor: name, dtype },
    )
  }
  if (from > to || to > fileBytes - dataStart) {
    throw unreadable(
      path,
      `tensor "${name}" lies at bytes ${from}–${to} of the data; the file holds ${fileBytes - dataStart}`,
    )
  }
  const bytes = shape.reduce((product, side) => product * side, 1) * bytesPerElement[dtype]
  if (bytes !== to - from) {
    throw unreadable(
      path,
      `tensor "${name}" of ${dtype} [${shape.join(', ')}] takes ${bytes} bytes; it has ${to - from}`,
    )
  }
  return { dtype, shape, begin: dataStart + from, end: dataStart + to }
}

/** The format allows neither overlaps nor holes: both hide data, and both mean a broken or a hostile writer. */
function checkCoverage(
  path: string,
  tensors: Map<string, WeightEntry>,
  dataStart: number,
  fileBytes: number,
): void {
  let position = dataStart
  let previous = 'the header'
  const inOrder = [...tensors].toSorted(([, a], [, b]) => a.begin - b.begin || a.end - b.end)
  for (const [name, { begin, end }] of inOrder) {
    if (begin < position) throw unreadable(path, `tensors "${previous}" and "${name}" overlap`)
    if (begin > position)
      throw unreadable(path, `${begin - position} bytes before tensor "${name}" belong to no tensor`)
    position = end
    previous = name
  }
  if (position !== fileBytes)
    throw unreadable(path, `the last ${fileBytes - position} bytes belong to no tensor`)
}

function readTensor(
  path: string,
  opened: Stats,
  tensors: Map<string, WeightEntry>,
  name: string,
): Float32Array<ArrayBuffer> {
  const entry = tensors.get(name)
  if (!entry) throw new AppError('MODEL_BROKEN', `${path} holds no tensor "${name}".`, { path, tensor: name })
  const file = openForReading(path)
  try {
    const now = fstatSync(file)
    if (now.ino !== opened.ino || now.size !== opened.size || now.mtimeMs !== opened.mtimeMs) {
      throw new AppError(
        'MODEL_BROKEN',
        `${path} was replaced while it was being read. Open the model again.`,
        { path },
      )
    }
    const elements = (entry.end - entry.begin) / bytesPerElement[entry.dtype]
    const result = new Float32Array(elements)
    if (entry.dtype === 'F32') {
      readInto(file, path, new Uint8Array(result.buffer), entry.begin)
      return result
    }
    const decode = entry.dtype === 'BF16' ? decodeBf16 : decodeF16
    const chunk = new Uint16Array(Math.min(elements, chunkElements))
    for (let start = 0; start < elements; start += chunkElements) {
      const bits = chunk.subarray(0, Math.min(chunkElements, elements - start))
      readInto(file, path, new Uint8Array(bits.buffer, 0, bits.byteLength), entry.begin + start * 2)
      decode(bits, result.subarray(start, start + bits.length))
    }
    return result
  } finally {
    closeSync(file)
  }
}

/**
 * Writes tensors sorted by name: equal input gives equal bytes. Streams to `path + '.partial'`, fsyncs, renames.
 * Values are rounded to nearest, ties to even. Throws NOT_FINITE, naming the tensor, for NaN or infinity, also where
 * a number does not fit F16. Returns the file's size and sha256.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Weight>,
  dtype: WeightDtype,
  metadata: Record<string, string> = { format: 'pt' },
): Promise<{ bytes: number; sha256: string }> {
  const sorted = [...tensors].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const header: Record<string, unknown> = { __metadata__: metadata }
  let offset = 0
  for (const [name, { shape, data }] of sorted) {
    const elements = shape.reduce((product, side) => product * side, 1)
    if (elements !== data.length) {
      throw new AppError(
        'MODEL_BROKEN',
        `tensor "${name}" [${shape.join(', ')}] wants ${elements} numbers; it has ${data.length}.`,
        {
          tensor: name,
        },
      )
    }
    const end = offset + elements * bytesPerElement[dtype]
    header[name] = { dtype, shape, data_offsets: [offset, end] }
    offset = end
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const padded = Math.ceil(json.length / 8) * 8
  const head = new Uint8Array(8 + padded).fill(0x20)
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true)
  head.set(json, 8)

  const hash = createHash('sha256')
  const partial = `${path}.partial`
  const file = await open(partial, 'w')
  try {
    await file.writeFile(head)
    hash.update(head)
    for (const [name, { data }] of sorted) {
      for (let start = 0; start < data.length; start += chunkElements) {
        const bytes = encode(name, data.subarray(start, start + chunkElements), dtype)
        await file.writeFile(bytes)
        hash.update(bytes)
      }
    }
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(partial, path)
  await syncFolder(dirname(path))
  return { bytes: head.length + offset, sha256: hash.digest('hex') }
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

function bf16Bits(word: number): number {
  return ((word + 0x7fff + ((word >>> 16) & 1)) >>> 16) & 0xffff
}

/** IEEE 754 binary32 → binary16 of a finite number, round to nearest even, subnormals included. */
function f16Bits(word: number): number {
  const sign = (word >>> 16) & 0x8000
  const exponent = ((word >>> 23) & 0xff) - 127
  const mantissa = word & 0x7fffff
  if (exponent > 15) return sign | 0x7c00
  if (exponent >= -14) {
    // A carry out of the mantissa raises the exponent, which is the right result, infinity included.
    const kept = ((exponent + 15) << 10) | (mantissa >>> 13)
    return sign | (kept + roundUp(mantissa, 13, kept))
  }
  if (exponent < -25) return sign
  const shift = 13 + (-14 - exponent)
  const full = mantissa | 0x800000
  const kept = full >>> shift
  return sign | (kept + roundUp(full, shift, kept))
}

function roundUp(value: number, droppedBits: number, kept: number): number {
  const half = 1 << (droppedBits - 1)
  const rest = value & ((1 << droppedBits) - 1)
  return rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0
}

function decodeBf16(bits: Uint16Array, into: Float32Array): void {
  const words = new Uint32Array(into.buffer, into.byteOffset, into.length)
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16
}

let f16Values: Float32Array | undefined

function decodeF16(bits: Uint16Array, into: Float32Array): void {
  f16Values ??= Float32Array.from({ length: 65536 }, (_, half) => f16Value(half))
  for (let i = 0; i < bits.length; i++) into[i] = f16Values[bits[i]!]!
}

function f16Value(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >>> 10) & 31
  const mantissa = half & 1023
  if (exponent === 31) return mantissa ? NaN : sign * Infinity
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1 + mantissa / 1024) * 2 ** (exponent - 15)
}
