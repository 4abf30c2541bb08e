/** The 16-bit formats of checkpoints and of mixed precision. Words are the bits of IEEE 754 binary32 numbers. */

/** Finite binary32 → bfloat16, round to nearest, ties to even; may round up to infinity (0x7f80). */
export function bf16Bits(word: number): number {
  return ((word + 0x7fff + ((word >>> 16) & 1)) >>> 16) & 0xffff
}

/** Finite binary32 → binary16, round to nearest even, subnormals included; may round up to infinity (0x7c00). */
export function f16Bits(word: number): number {
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

export function decodeBf16(bits: Uint16Array, into: Float32Array): void {
  const words = new Uint32Array(into.buffer, into.byteOffset, into.length)
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16
}

let f16Values: Float32Array | undefined

export function decodeF16(bits: Uint16Array, into: Float32Array): void {
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

/**
 * Index of the first NaN or infinity among the stored numbers of `bytes` (whole numbers, 4-byte-aligned start), or −1.
 * Those are exactly the numbers whose exponent bits are all set.
 */
export function firstNotFinite(bytes: Uint8Array, dtype: 'F32' | 'F16' | 'BF16'): number {
  const { buffer, byteOffset, byteLength } = bytes
  if (dtype === 'F32') {
    const words = new Uint32Array(buffer, byteOffset, byteLength >>> 2)
    for (let i = 0; i < words.length; i++) if ((words[i]! & 0x7f800000) === 0x7f800000) return i
    return -1
  }
  const exponent = dtype === 'BF16' ? 0x7f80 : 0x7c00
  const high = exponent * 0x10000
  // Two numbers a step: this loop reads every byte of a model once.
  const pairs = new Uint32Array(buffer, byteOffset, byteLength >>> 2)
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i]!
    if ((pair & exponent) === exponent) return 2 * i
    if ((pair & high) === high) return 2 * i + 1
  }
  const halves = new Uint16Array(buffer, byteOffset, byteLength >>> 1)
  return halves.length % 2 === 1 && (halves.at(-1)! & exponent) === exponent ? halves.length - 1 : -1
}

export type HalfDtype = 'f16' | 'bf16'
export const isHalf = (dtype: string): dtype is HalfDtype => dtype === 'f16' || dtype === 'bf16'

/** Numbers → the bits of their nearest halves; NaN and infinity stay what they are. */
export function encodeHalf(values: Float32Array, dtype: HalfDtype): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const infinity = dtype === 'f16' ? 0x7c00 : 0x7f80
  return Uint16Array.from(words, (word) => {
    if ((word & 0x7f800000) !== 0x7f800000) return dtype === 'f16' ? f16Bits(word) : bf16Bits(word)
    const isNaN = (word & 0x7fffff) !== 0
    return ((word >>> 16) & 0x8000) | infinity | (isNaN ? 1 : 0)
  })
}

/** Numbers as the nearest halves, held in float32. */
export function roundToHalf(values: Float32Array, dtype: HalfDtype): Float32Array {
  const rounded = new Float32Array(values.length)
  const decode = dtype === 'f16' ? decodeF16 : decodeBf16
  decode(encodeHalf(values, dtype), rounded)
  return rounded
}
