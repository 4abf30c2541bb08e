import { createHash } from 'node:crypto'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { syncFolder } from '../files/durable-file.ts'
import { sizeOf } from '../tensor/shape-rules.ts'
import { bf16Bits, f16Bits } from '../tensor/half-floats.ts'
import type { LazyWeights, Weight } from './safetensors.ts'
import { bytesPerElement, type WeightDtype } from './safetensors-header.ts'

const chunkElements = 2 ** 20

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
