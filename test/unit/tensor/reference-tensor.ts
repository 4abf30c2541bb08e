import type { Shape } from '../../../src/engine/tensor/graph.ts'
import { sizeOf } from '../../../src/engine/tensor/shape-rules.ts'

/** A tensor of whatever type, its numbers in float64; truth values are 0 and 1. */
export interface Tensor {
  shape: Shape
  data: Float64Array
}

export function tensor(shape: Shape, at: (index: readonly number[]) => number): Tensor {
  const data = new Float64Array(sizeOf(shape))
  for (let i = 0; i < data.length; i++) data[i] = at(indexOf(shape, i))
  return { shape, data }
}

/** One element; axes of size 1 (and missing leading axes) are read as if repeated. */
export function read({ shape, data }: Tensor, index: readonly number[]): number {
  let at = 0
  shape.forEach((size, axis) => {
    at = at * size + (size === 1 ? 0 : index[index.length - shape.length + axis]!)
  })
  return data[at]!
}

export function indexOf(shape: Shape, flat: number): number[] {
  const index = new Array<number>(shape.length)
  let rest = flat
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]!
    rest = Math.floor(rest / shape[axis]!)
  }
  return index
}
