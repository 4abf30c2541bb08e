/**
 * Bytes as float32 numbers, three to one: every whole number below 2²⁴ is a float32, so none is NaN, infinite or rounded
 * on the way through a file of floats. The length is not kept: unpacking takes it.
 */
export function packBytes(bytes: Uint8Array): Float32Array {
  const packed = new Float32Array(Math.ceil(bytes.length / 3))
  for (let i = 0; i < packed.length; i++) {
    const at = 3 * i // reading past the end gives undefined, which | takes as 0
    packed[i] = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
  }
  return packed
}

export function unpackBytes(packed: Float32Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < packed.length; i++) {
    const word = packed[i]!
    bytes[3 * i] = word & 0xff
    bytes[3 * i + 1] = (word >> 8) & 0xff // writes past the end of a typed array are dropped
    bytes[3 * i + 2] = word >> 16
  }
  return bytes
}
