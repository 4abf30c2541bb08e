import type { Shape } from '../tensor/graph.ts'
import type { LoweringContext } from './lowering-context.ts'

/**
 * Cumulative sums over the last axis by products with triangles of ones: WebGPU's kernel adds up every prefix anew, which over
 * a vocabulary takes minutes. Rows of N numbers are cut into n blocks of m ≈ √N.
 */
export function cumulativeSum(c: LoweringContext, x: string, shape: Shape, exclusive: boolean): string {
  const size = shape.at(-1)!
  const m = Math.ceil(Math.sqrt(size))
  const n = Math.ceil(size / m)
  const blocks = c.one('Reshape', [padded(c, x, shape, n * m), c.ints([-1, n, m])])
  const sums = c.one('ReduceSum', [blocks, c.ints([2])], { keepdims: 0 }) // [rows,n]
  const before = c.one('MatMul', [sums, triangle(c, n, true)])
  const within = c.one('MatMul', [blocks, triangle(c, m, exclusive)])
  const whole = c.one('Add', [within, c.one('Unsqueeze', [before, c.ints([2])])])
  const rows = c.one('Reshape', [whole, c.ints([...shape.slice(0, -1), n * m])])
  if (n * m === size) return rows
  return c.one('Slice', [rows, c.ints([0]), c.ints([size]), c.ints([shape.length - 1])])
}

/** Zeros behind the last number of each row. */
function padded(c: LoweringContext, x: string, shape: Shape, size: number): string {
  const missing = size - shape.at(-1)!
  if (missing === 0) return x
  const axis = shape.length - 1
  const some = c.one('Slice', [x, c.ints([0]), c.ints([missing]), c.ints([axis])])
  return c.one('Concat', [x, c.one('Mul', [some, c.scalar('f32', 0)])], { axis })
}

function triangle(c: LoweringContext, size: number, exclusive: boolean): string {
  const ones = new Float32Array(size * size)
  for (let row = 0; row < size; row++) ones.fill(1, row * size + row + (exclusive ? 1 : 0), (row + 1) * size)
  return c.constant('f32', [size, size], ones)
}
