import { blockSize, encodeBlock, signedMap, unsignedMap } from './dynamic-map.ts'

export type ElementArray = Float32Array | Float64Array | Uint8Array

/**
 * Work on elements [from, to) of one tensor, independent of every other range: so a result does not depend on how ranges
 * are shared between threads. Ranges start at multiples of `rangeSize`. Constants belong to the tensor, scalars to the
 * call. p parameter, g gradient, m and v moments; codes and scales are those of dynamic-map.ts.
 */
export type ElementKernel = (
  arrays: readonly ElementArray[],
  from: number,
  to: number,
  constants: readonly number[],
  scalars: ArrayLike<number>,
) => void

/** Elements of one range: long enough that handing it out costs nothing, and whole blocks of 8-bit state. */
export const rangeSize = 65536

export type KernelName = 'squares' | 'adamw' | 'adamw8' | 'rmsprop' | 'rmsprop8'

export const elementKernels: Record<KernelName, ElementKernel> = {
  /** arrays x, sums f64 [ranges of all tensors]; constants: number of the tensor's first range. */
  squares: ([x, sums], from, to, [first]) => {
    sums![first! + from / rangeSize] = sumOfSquares(x as Float32Array, from, to)
  },
  /** arrays p, g, m, v; constants: decay; scalars: see adamw.ts. */
  adamw: ([p, g, m, v], from, to, [decay], s) =>
    adamw(
      p as Float32Array,
      g as Float32Array,
      m as Float32Array,
      v as Float32Array,
      from,
      to,
      s[0]!,
      s[1]!,
      s[2]!,
      1 - s[3]! * decay!,
      s[4]!,
      s[5]!,
      s[6]!,
    ),
  /** arrays p, g, codes and scales of m, codes and scales of v. */
  adamw8: ([p, g, m, mScales, v, vScales], from, to, [decay], s) => {
    const keep = 1 - s[3]! * decay!
    for (let start = from; start < to; start += blockSize) {
      const end = Math.min(start + blockSize, to)
      adamwBlock(
        p as Float32Array,
        g as Float32Array,
        m as Uint8Array,
        mScales as Float32Array,
        v as Uint8Array,
        vScales as Float32Array,
        start,
        end,
        s[0]!,
        s[1]!,
        s[2]!,
        keep,
        s[4]!,
        s[5]!,
        s[6]!,
      )
    }
  },
  /** arrays p, g, v; constants: decay; scalars: see rmsprop.ts. */
  rmsprop: ([p, g, v], from, to, [decay], s) =>
    rmsprop(
      p as Float32Array,
      g as Float32Array,
      v as Float32Array,
      from,
      to,
      s[0]!,
      s[1]!,
      decay!,
      s[2]!,
      s[3]!,
    ),
  /** arrays p, g, codes and scales of v. */
  rmsprop8: ([p, g, v, vScales], from, to, [decay], s) => {
    for (let start = from; start < to; start += blockSize) {
      const end = Math.min(start + blockSize, to)
      rmspropBlock(
        p as Float32Array,
        g as Float32Array,
        v as Uint8Array,
        vScales as Float32Array,
        start,
        end,
        s[0]!,
        s[1]!,
        decay!,
        s[2]!,
        s[3]!,
      )
    }
  },
}

// Top-level functions of plain numbers and typed arrays: V8 compiles each once to a tight loop.

/** Four partial sums break the chain of dependent additions; the order is fixed, so the result is reproducible. */
function sumOfSquares(x: Float32Array, from: number, to: number): number {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  const whole = to - ((to - from) % 4)
  for (let i = from; i < whole; i += 4) {
    a += x[i]! * x[i]!
    b += x[i + 1]! * x[i + 1]!
    c += x[i + 2]! * x[i + 2]!
    d += x[i + 3]! * x[i + 3]!
  }
  for (let i = whole; i < to; i++) a += x[i]! * x[i]!
  return a + b + (c + d)
}

function adamw(
  p: Float32Array,
  grad: Float32Array,
  m: Float32Array,
  v: Float32Array,
  from: number,
  to: number,
  stepSize: number,
  correction: number,
  scale: number,
  keep: number,
  beta1: number,
  beta2: number,
  eps: number,
): void {
  const rest1 = 1 - beta1
  const rest2 = 1 - beta2
  for (let i = from; i < to; i++) {
    const g = grad[i]! * scale
    const first = beta1 * m[i]! + rest1 * g
    const second = beta2 * v[i]! + rest2 * g * g
    m[i] = first
    v[i] = second
    p[i] = p[i]! * keep - (stepSize * first) / (Math.sqrt(second) * correction + eps)
  }
}

function rmsprop(
  p: Float32Array,
  grad: Float32Array,
  v: Float32Array,
  from: number,
  to: number,
  lr: number,
  scale: number,
  decay: number,
  alpha: number,
  eps: number,
): void {
  const rest = 1 - alpha
  for (let i = from; i < to; i++) {
    const x = p[i]!
    const g = grad[i]! * scale + decay * x
    const average = alpha * v[i]! + rest * g * g
    v[i] = average
    p[i] = x - (lr * g) / (Math.sqrt(average) + eps)
  }
}

const firsts = new Float64Array(blockSize)
const seconds = new Float64Array(blockSize)

/** One block of 8-bit AdamW: the update uses the moments before they are rounded back to codes, as bitsandbytes does. */
function adamwBlock(
  p: Float32Array,
  grad: Float32Array,
  mCodes: Uint8Array,
  mScales: Float32Array,
  vCodes: Uint8Array,
  vScales: Float32Array,
  start: number,
  end: number,
  stepSize: number,
  correction: number,
  scale: number,
  keep: number,
  beta1: number,
  beta2: number,
  eps: number,
): void {
  const { values: mValues } = signedMap
  const { values: vValues } = unsignedMap
  const block = start / blockSize
  const decayedM = beta1 * mScales[block]!
  const decayedV = beta2 * vScales[block]!
  const rest1 = 1 - beta1
  const rest2 = 1 - beta2
  let mLargest = 0
  let vLargest = 0
  for (let i = start; i < end; i++) {
    const g = grad[i]! * scale
    const first = decayedM * mValues[mCodes[i]!]! + rest1 * g
    const second = decayedV * vValues[vCodes[i]!]! + rest2 * g * g
    firsts[i - start] = first
    seconds[i - start] = second
    mLargest = Math.max(mLargest, Math.abs(first))
    vLargest = Math.max(vLargest, second)
    p[i] = p[i]! * keep - (stepSize * first) / (Math.sqrt(second) * correction + eps)
  }
  mScales[block] = mLargest
  vScales[block] = vLargest
  encodeBlock(signedMap, firsts, end - start, mLargest, mCodes, start)
  encodeBlock(unsignedMap, seconds, end - start, vLargest, vCodes, start)
}

function rmspropBlock(
  p: Float32Array,
  grad: Float32Array,
  vCodes: Uint8Array,
  vScales: Float32Array,
  start: number,
  end: number,
  lr: number,
  scale: number,
  decay: number,
  alpha: number,
  eps: number,
): void {
  const { values } = unsignedMap
  const block = start / blockSize
  const decayed = alpha * vScales[block]!
  const rest = 1 - alpha
  let largest = 0
  for (let i = start; i < end; i++) {
    const x = p[i]!
    const g = grad[i]! * scale + decay * x
    const average = decayed * values[vCodes[i]!]! + rest * g * g
    seconds[i - start] = average
    largest = Math.max(largest, average)
    p[i] = x - (lr * g) / (Math.sqrt(average) + eps)
  }
  vScales[block] = largest
  encodeBlock(unsignedMap, seconds, end - start, largest, vCodes, start)
}
