import { describe, expect, it } from 'vitest'
import { halvedAfter } from '../../src/engine/onnx/out-of-memory.ts'
import { Program } from '../../src/engine/onnx/program.ts'
import * as t from '../../src/engine/tensor/build.ts'
import { Graph } from '../../src/engine/tensor/graph.ts'
import { noAdapter } from './adapter.ts'

const width = 16_384

/** One product of so many rows, of which four numbers come back: 64 kB a row on the device. */
async function firstOf(rows: number): Promise<number[]> {
  const graph = new Graph()
  const product = t.matMul(graph.input('a', 'f32', [rows, 1]), graph.input('b', 'f32', [1, width]))
  graph.output('c', t.slice(t.slice(product, 0, 0, 1), 1, 0, 4))
  const program = await Program.compileFor('webgpu', graph, { threads: 1 })
  try {
    const { c } = await program.run({
      a: new Float32Array(rows).fill(3),
      b: new Float32Array(width).fill(2),
    })
    return [...(c as Float32Array)]
  } finally {
    await program.release()
  }
}

describe.skipIf(noAdapter !== null)('a product that is larger than the adapter binds', () => {
  it('is out of memory, not a bug; fewer rows are taken, and the device still computes', async () => {
    const rows = 40_000 // 2.6 GB: 20 pieces of 128 MiB, and Mesa binds 16
    const error: unknown = await firstOf(rows).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'OUT_OF_MEMORY' })
    const release = async (): Promise<void> => undefined
    expect(await halvedAfter(error, { size: rows, least: 1, advice: '', release })).toBe(rows / 2)
    // Half of it fits, and takes software minutes: some rows must do.
    expect(await firstOf(500)).toEqual([6, 6, 6, 6])
  })
})
