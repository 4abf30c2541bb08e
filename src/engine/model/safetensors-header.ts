import { z } from 'zod'
import { AppError } from '../../contract/errors.ts'
import { sizeOf } from '../tensor/shape-rules.ts'
import { jsonFault } from './strict-json.ts'

export type WeightDtype = 'F32' | 'F16' | 'BF16'
export const bytesPerElement: Record<WeightDtype, number> = { F32: 4, F16: 2, BF16: 2 }

/** `begin` and `end` are absolute byte offsets in the file: an ONNX initializer may point straight at them. */
export interface WeightEntry {
  dtype: WeightDtype
  shape: number[]
  begin: number
  end: number
  /** The file that holds it. */
  path: string
}

export interface SafetensorsHeader {
  tensors: Map<string, WeightEntry>
  /** The header's `__metadata__`. */
  metadata: Record<string, string>
  /** Where the tensors' bytes begin. */
  dataStart: number
}

/** The official reader's own limit (safetensors, `MAX_HEADER_SIZE`). */
const maxHeaderBytes = 100_000_000

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const Entry = z.object({
  dtype: z.string().max(20),
  shape: z.array(count).max(8),
  data_offsets: z.tuple([count, count]),
})
/** A name that no message could show. */
const maxNameLength = 1000
const Metadata = z.record(z.string(), z.string())

export const notSafetensors = (path: string, what: string): AppError =>
  new AppError(
    'FILE_UNREADABLE',
    `${path} is not a complete safetensors file: ${what}. Download or copy it again.`,
    {
      path,
    },
  )

/**
 * Reads and checks a header: every bound, neither overlaps nor holes, no key twice. `read` fills an array from a byte
 * position. Throws FILE_UNREADABLE, or MODEL_UNSUPPORTED for a dtype that is not computed with.
 */
export function readHeader(
  path: string,
  fileBytes: number,
  read: (into: Uint8Array, position: number) => void,
): SafetensorsHeader {
  const { json, dataStart } = headerJson(path, fileBytes, read)
  const tensors = new Map<string, WeightEntry>()
  let metadata: Record<string, string> = {}
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') {
      const parsed = Metadata.safeParse(value)
      if (!parsed.success) throw notSafetensors(path, 'expected "__metadata__" to map texts to texts')
      metadata = parsed.data
    } else tensors.set(name, parseEntry(path, name, value, dataStart, fileBytes))
  }
  checkCoverage(path, tensors, dataStart, fileBytes)
  return { tensors, metadata, dataStart }
}

function headerJson(
  path: string,
  fileBytes: number,
  read: (into: Uint8Array, position: number) => void,
): { json: object; dataStart: number } {
  if (fileBytes < 8) throw notSafetensors(path, `expected at least 8 bytes; found ${fileBytes}`)
  const prefix = new Uint8Array(8)
  read(prefix, 0)
  if (new TextDecoder('latin1').decode(prefix) === 'version ') {
    throw notSafetensors(
      path,
      'it is a Git LFS pointer, not the weights (run "git lfs pull" where it came from)',
    )
  }
  const length = new DataView(prefix.buffer).getBigUint64(0, true)
  if (length > BigInt(maxHeaderBytes)) {
    throw notSafetensors(path, `its header claims ${length} bytes, over the limit of ${maxHeaderBytes}`)
  }
  if (length > BigInt(fileBytes - 8)) {
    throw notSafetensors(path, `its header claims ${length} bytes; only ${fileBytes - 8} follow`)
  }
  const bytes = new Uint8Array(Number(length))
  read(bytes, 8)
  let json: unknown
  let fault: ReturnType<typeof jsonFault>
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    fault = jsonFault(text)
    json = fault ? null : JSON.parse(text)
  } catch (cause) {
    throw notSafetensors(
      path,
      `its header is not JSON (${cause instanceof Error ? cause.message : String(cause)})`,
    )
  }
  if (fault) throw notSafetensors(path, `its header is not accepted: ${fault.what}`)
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw notSafetensors(path, 'expected its header to be an object of tensors')
  return { json, dataStart: 8 + Number(length) }
}

function parseEntry(
  path: string,
  name: string,
  value: unknown,
  dataStart: number,
  fileBytes: number,
): WeightEntry {
  if (name.length > maxNameLength)
    throw notSafetensors(path, `a tensor's name has ${name.length} characters: "${name.slice(0, 50)}…"`)
  const parsed = Entry.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw notSafetensors(
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
        (dtype === 'F64'
          ? 'Save the model as float32 first.'
          : 'Choose the checkpoint that is not quantized.'),
      { path, tensor: name, dtype },
    )
  }
  if (from > to || to > fileBytes - dataStart) {
    throw notSafetensors(
      path,
      `tensor "${name}" lies at bytes ${from}–${to} of the data; the file holds ${fileBytes - dataStart}`,
    )
  }
  const bytes = sizeOf(shape) * bytesPerElement[dtype]
  if (bytes !== to - from) {
    throw notSafetensors(
      path,
      `tensor "${name}" of ${dtype} [${shape.join(', ')}] takes ${bytes} bytes; it has ${to - from}`,
    )
  }
  return { dtype, shape, begin: dataStart + from, end: dataStart + to, path }
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
  for (const [name, { begin, end }] of inFileOrder(tensors)) {
    if (begin < position) throw notSafetensors(path, `tensors "${previous}" and "${name}" overlap`)
    if (begin > position)
      throw notSafetensors(path, `${begin - position} bytes before tensor "${name}" belong to no tensor`)
    position = end
    previous = name
  }
  if (position !== fileBytes)
    throw notSafetensors(path, `the last ${fileBytes - position} bytes belong to no tensor`)
}

export const inFileOrder = (tensors: ReadonlyMap<string, WeightEntry>): [string, WeightEntry][] =>
  [...tensors].toSorted(([, a], [, b]) => a.begin - b.begin || a.end - b.end)
