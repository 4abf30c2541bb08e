import type { Dtype, TensorData } from '../tensor/dtype.ts'
import type { Shape } from '../tensor/graph.ts'
import { bf16Bits, decodeBf16, decodeF16, f16Bits } from '../tensor/half-floats.ts'
import type { Tensor, TensorFlow } from './library.ts'

/**
 * Numbers between host arrays and TensorFlow.js, which has float32, int32 and bool. i64 is held in 32 bits (the engine's
 * are ids and positions), f16 and bf16 as the float32 numbers that they stand for.
 */
const heldAs: Record<Exclude<Dtype, 'f64'>, 'float32' | 'int32' | 'bool'> = {
  f32: 'float32',
  f16: 'float32',
  bf16: 'float32',
  i32: 'int32',
  i64: 'int32',
  i8: 'int32',
  u8: 'int32',
  bool: 'bool',
}

/** Throws for float64, which TensorFlow.js does not have: gradients are checked in it on ONNX Runtime. */
export function heldType(dtype: Dtype): 'float32' | 'int32' | 'bool' {
  if (dtype !== 'f64') return heldAs[dtype]
  throw new Error('TensorFlow.js computes in float32: expected a program without float64, found one with it')
}

export function toTensor(tf: TensorFlow, data: TensorData, dtype: Dtype, shape: Shape): Tensor {
  return tf.tensor(hostNumbers(data, dtype), [...shape], heldType(dtype))
}

function hostNumbers(data: TensorData, dtype: Dtype): Float32Array | Int32Array | Uint8Array {
  if (data instanceof BigInt64Array) return narrowed(data)
  if (data instanceof Int8Array || dtype === 'u8') return Int32Array.from(data as Int8Array | Uint8Array)
  if (data instanceof Uint16Array) {
    const numbers = new Float32Array(data.length)
    if (dtype === 'bf16') decodeBf16(data, numbers)
    else decodeF16(data, numbers)
    return numbers
  }
  if (data instanceof Float64Array) heldType('f64')
  return data as Float32Array | Int32Array | Uint8Array
}

function narrowed(data: BigInt64Array): Int32Array {
  const numbers = Int32Array.from(data, Number)
  const at = numbers.findIndex((value, i) => BigInt(value) !== data[i])
  if (at >= 0)
    throw new RangeError(
      `TensorFlow.js holds whole numbers in 32 bits: expected one that fits, found ${data[at]}`,
    )
  return numbers
}

/** A tensor's numbers as the IR's type. They may share memory with what the tensor was made of. */
export function fromTensor(tensor: Tensor, dtype: Dtype): TensorData {
  const data = tensor.dataSync()
  if (dtype === 'i8') return Int8Array.from(data)
  if (dtype === 'u8') return Uint8Array.from(data)
  if (dtype === 'i64') return BigInt64Array.from(data, BigInt)
  // The plain backend keeps the bytes of a bool when it is cast.
  if (data instanceof Uint8Array && dtype !== 'bool')
    return tensor.dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data)
  return data
}

/** Each number rounded to what the 16-bit format can hold, in float32. */
export function roundedTo(tf: TensorFlow, x: Tensor, dtype: 'f16' | 'bf16'): Tensor {
  const numbers = Float32Array.from(x.dataSync())
  const words = new Uint32Array(numbers.buffer)
  const bits = Uint16Array.from(words, dtype === 'bf16' ? bf16Bits : f16Bits)
  const rounded = new Float32Array(bits.length)
  if (dtype === 'bf16') decodeBf16(bits, rounded)
  else decodeF16(bits, rounded)
  // The bits of NaN and infinity are no numbers to round.
  for (const [i, value] of numbers.entries()) if (!Number.isFinite(value)) rounded[i] = value
  return tf.tensor(rounded, x.shape, 'float32')
}
