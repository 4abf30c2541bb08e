import { uniform } from '../../../src/engine/tensor/random.ts'

/** Standard normal numbers (Box–Muller) of a seed. */
export function normals(count: number, seed: number): number[] {
  return Array.from(
    { length: count },
    (_, i) =>
      Math.sqrt(-2 * Math.log(uniform(seed, 'radius', i))) *
      Math.cos(2 * Math.PI * uniform(seed, 'angle', i)),
  )
}
