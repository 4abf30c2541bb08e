import { afterAll, describe, expect, test } from 'vitest'
import { OptimizerSettings } from '../../../src/contract/settings.ts'
import { ElementPool, elementThreads, inlinePool } from '../../../src/engine/training/element-pool.ts'
import { gradientNorm } from '../../../src/engine/training/gradient-norm.ts'
import { createOptimizer } from '../../../src/engine/training/optimizer.ts'

// Odd lengths: a last range that is short, one that ends inside a block of 256, and a tensor below one range.
const lengths = { embed: 131_072 + 77, matrix: 300_001, bias: 513, small: 4_097 }

const sizes = [1e-5, 1e-2, 10, 1e-3, 0.1, 1, 1e-4]
/** Numbers of very different sizes, the same for every pool. */
function fill(array: Float32Array, seed: number): Float32Array {
  let word = 2 * seed + 1
  for (let i = 0; i < array.length; i++) {
    word = (Math.imul(word, 1664525) + 1013904223) | 0
    array[i] = (word / 2 ** 31) * sizes[i % sizes.length]!
  }
  return array
}

function trainWith(pool: ElementPool, settings: OptimizerSettings) {
  const named = (seed: number) =>
    new Map(Object.entries(lengths).map(([name, n], i) => [name, fill(pool.float32(n), seed + i)]))
  const parameters = named(1)
  const gradients = named(10)
  const optimizer = createOptimizer(settings, parameters, { pool, isEmbedding: (name) => name === 'embed' })
  const normOf = gradientNorm(gradients, pool)
  const norms: number[] = []
  for (let step = 0; step < 4; step++) {
    for (const [name, gradient] of gradients) fill(gradient, 100 * step + name.length)
    norms.push(normOf())
    optimizer.step(gradients, 1e-3, 1 / norms.at(-1)!)
  }
  return { parameters, state: optimizer.state(), norms }
}

const bytes = (array: Float32Array | Uint8Array): Buffer =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength)

describe.each([2, 4])('%d threads', (threads) => {
  let opened: ElementPool | null = null
  afterAll(() => opened?.close())

  test.each([
    ['adamw', 32],
    ['adamw', 8],
    ['rmsprop', 32],
    ['rmsprop', 8],
  ] as const)('%s with %d-bit state: every bit is that of one thread', async (kind, stateBits) => {
    opened ??= await ElementPool.open(threads)
    const settings = OptimizerSettings.parse({ kind, stateBits, lr: 1e-3, weightDecay: 0.01 })
    const alone = trainWith(inlinePool, settings)
    const together = trainWith(opened, settings)
    expect(together.norms).toEqual(alone.norms)
    for (const [name, values] of alone.parameters)
      expect(bytes(together.parameters.get(name)!).equals(bytes(values)), name).toBe(true)
    expect([...together.state.keys()]).toEqual([...alone.state.keys()])
    for (const [name, values] of alone.state)
      expect(bytes(together.state.get(name)!).equals(bytes(values)), name).toBe(true)
  })

  test('arrays that are not in shared memory are worked on all the same', async () => {
    opened ??= await ElementPool.open(threads)
    const gradients = new Map([['w', fill(new Float32Array(200_000), 3)]])
    expect(gradientNorm(gradients, opened)()).toBe(gradientNorm(gradients, inlinePool)())
  })

  test('NaN in any range is refused by the name of its tensor', async () => {
    opened ??= await ElementPool.open(threads)
    const gradients = new Map([
      ['a', opened.float32(100_000)],
      ['b', opened.float32(200_000)],
    ])
    const norm = gradientNorm(gradients, opened)
    expect(norm()).toBe(0)
    gradients.get('b')![150_000] = Number.NaN
    expect(norm).toThrow(/1 of 2 tensors, first "b"/)
  })
})

test('small models and single cores stay on one thread', () => {
  expect([elementThreads(1_900_000, 8), elementThreads(30_000_000, 1)]).toEqual([1, 1])
  expect([elementThreads(30_000_000, 2), elementThreads(30_000_000, 64)]).toEqual([2, 8])
})
