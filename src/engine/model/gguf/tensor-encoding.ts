import { AppError } from '../../../contract/errors.ts'
import { f16Bits } from '../../tensor/half-floats.ts'

export type GgufTensorType = 'f32' | 'f16' | 'q8_0'

/** `ggml_type` of ggml/include/ggml.h. */
export const tensorTypeIds: Record<GgufTensorType, number> = { f32: 0, f16: 1, q8_0: 8 }

/** Numbers that share one scale in q8_0: a block is the scale (f16), then 32 signed bytes. */
export const quantBlock = 32
const quantBlockBytes = 2 + quantBlock

export function tensorBytes(type: GgufTensorType, elements: number): number {
  if (type === 'q8_0') return (elements / quantBlock) * quantBlockBytes
  return elements * (type === 'f32' ? 4 : 2)
}

/**
 * Numbers as a GGUF file stores them; for q8_0 a multiple of 32. Throws NOT_FINITE, naming the tensor, for NaN, infinity
 * and what does not fit.
 */
export function encodeTensor(
  name: string,
  values: Float32Array,
  type: GgufTensorType,
): Uint8Array<ArrayBufferLike> {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  for (let i = 0; i < words.length; i++)
    if ((words[i]! & 0x7f800000) === 0x7f800000) throw notFinite(name, `holds ${values[i]}`)
  if (type === 'f32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  return type === 'f16' ? halves(name, values, words) : blocks(name, values)
}

function halves(name: string, values: Float32Array, words: Uint32Array): Uint8Array {
  const bits = new Uint16Array(values.length)
  for (let i = 0; i < words.length; i++) {
    const half = f16Bits(words[i]!)
    if ((half & 0x7fff) === 0x7c00)
      throw notFinite(name, `holds ${values[i]}, which does not fit f16 (largest 65504)`)
    bits[i] = half
  }
  return new Uint8Array(bits.buffer)
}

/**
 * quantize_row_q8_0_ref of ggml/src/ggml-quants.c: scale d = max|x| / 127, numbers round(x / d), halves away from zero,
 * with every intermediate in float32, so that the bytes are the same.
 */
function blocks(name: string, values: Float32Array): Uint8Array {
  const count = values.length / quantBlock
  const bytes = new Uint8Array(count * quantBlockBytes)
  const one = new Float32Array(1)
  const word = new Uint32Array(one.buffer)
  for (let block = 0; block < count; block++) {
    const start = block * quantBlock
    let largest = 0
    for (let i = start; i < start + quantBlock; i++) {
      const size = Math.abs(values[i]!)
      if (size > largest) largest = size
    }
    one[0] = largest / 127
    const scale = one[0]
    const half = f16Bits(word[0]!)
    if (half === 0x7c00) throw notFinite(name, `holds ${largest}, whose scale does not fit q8_0`)
    let at = block * quantBlockBytes
    bytes[at++] = half & 0xff
    bytes[at++] = half >>> 8
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale)
    for (let i = start; i < start + quantBlock; i++) {
      const scaled = Math.fround(values[i]! * inverse)
      bytes[at++] = scaled < 0 ? -Math.floor(0.5 - scaled) : Math.floor(scaled + 0.5)
    }
  }
  return bytes
}

const notFinite = (name: string, what: string): AppError =>
  new AppError(
    'NOT_FINITE',
    `tensor "${name}" ${what}. Expected finite weights that fit the file's type; nothing was written.`,
    { tensor: name },
  )
