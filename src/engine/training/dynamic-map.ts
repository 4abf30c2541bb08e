/**
 * Dynamic (tree) quantization to 8 bits, Dettmers et al. 2021, "8-bit Optimizers via Block-wise Quantization", section
 * 2.2 and figure 2; the maps are those of bitsandbytes' `create_dynamic_map`. A code is a sign bit (signed map), a run of
 * E zero bits, an indicator bit, and the rest as a linear fraction: midpoints of equal parts of [0.1, 1], times 10^−E,
 * E = 0 … 6. So relative precision holds over seven decades, which moments of gradients need and a linear code lacks.
 * Two codes are left over for 0 and 1.
 */
export interface DynamicMap {
  /** Value of every code, ascending [256], in [−1, 1] or [0, 1]. */
  values: Float32Array
  /** The code of a float32 by its upper 18 bits, rounded [2¹⁸]: see `encodeBlock`. */
  codes: Uint8Array
}

/** Elements that share one float32 scale, their largest magnitude: as bitsandbytes' 8-bit optimizers. */
export const blockSize = 256

const decades = 7
/** Sign, exponent and 9 bits of the mantissa. */
const keptBits = 18
const droppedBits = 32 - keptBits

function dynamicValues(signed: boolean): Float32Array {
  const magnitudes: number[] = []
  const fractionBits = signed ? 6 : 7
  for (let zeros = 0; zeros < decades; zeros++) {
    const parts = 2 ** (fractionBits - zeros)
    for (let i = 0; i < parts; i++) magnitudes.push((0.1 + (0.9 * (i + 0.5)) / parts) * 10 ** -zeros)
  }
  const values = [...magnitudes, ...(signed ? magnitudes.map((x) => -x) : []), 0, 1]
  return Float32Array.from(values).sort()
}

function dynamicMap(signed: boolean): DynamicMap {
  const values = dynamicValues(signed)
  const codes = new Uint8Array(2 ** keptBits)
  const word = new Uint32Array(1)
  const number = new Float32Array(word.buffer)
  for (let upper = 0; upper < codes.length; upper++) {
    word[0] = upper << droppedBits
    const code = nearest(values, number[0]!)
    // A second moment above 0 never becomes 0: the update divides by its root, and one that had vanished would leave ε
    // alone there. (bitsandbytes rounds to 0; here such a step is at worst too small.)
    codes[upper] = !signed && number[0]! > 0 ? Math.max(1, code) : code
  }
  return { values, codes }
}

function nearest(values: Float32Array, x: number): number {
  let low = 0
  let high = 255
  while (low < high) {
    const middle = (low + high) >> 1
    if (x <= (values[middle]! + values[middle + 1]!) / 2) high = middle
    else low = middle + 1
  }
  return low
}

/** For the first moment: 127 negative values, 0, 128 positive ones. */
export const signedMap: DynamicMap = dynamicMap(true)
/** For the second moment: 0 and 255 positive values. */
export const unsignedMap: DynamicMap = dynamicMap(false)

const unit = new Float32Array(blockSize)
const unitBits = new Int32Array(unit.buffer)
const half = 2 ** (droppedBits - 1)

/**
 * Codes of one block: `codes[start + i]` for `values[i] / largest`, where `largest` is the largest magnitude. A table over
 * 9 mantissa bits finds the nearest value, or within 0.1 % of the middle between two perhaps the other one.
 */
export function encodeBlock(
  map: DynamicMap,
  values: Float64Array,
  count: number,
  largest: number,
  codes: Uint8Array,
  start: number,
): void {
  const table = map.codes
  const inverse = largest > 0 ? 1 / largest : 0
  for (let i = 0; i < count; i++) unit[i] = values[i]! * inverse
  for (let i = 0; i < count; i++) codes[start + i] = table[(unitBits[i]! + half) >>> droppedBits]!
}
