import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openSafetensors } from '../../../src/engine/model/safetensors.ts'
import { writeSafetensors } from '../../../src/engine/model/write-safetensors.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import { ProgramCache } from '../../../src/engine/onnx/program-cache.ts'
import * as t from '../../../src/engine/tensor/build.ts'
import type { TensorData } from '../../../src/engine/tensor/dtype.ts'
import { Graph } from '../../../src/engine/tensor/graph.ts'
import { folderOfTests } from '../../temp-folder.ts'
import { cachedAttentionGraph } from '../tensor/cached-attention-graph.ts'
import { normals } from '../tensor/normals.ts'
import { evaluate } from '../tensor/reference-evaluator.ts'

const dir = folderOfTests('spin-program')

async function runOnce(graph: Graph, feeds: Record<string, TensorData>, weightsFolder?: string) {
  const program = await Program.compile(
    graph,
    weightsFolder === undefined ? { threads: 1 } : { threads: 1, weightsFolder },
  )
  try {
    return await program.run(feeds)
  } finally {
    await program.release()
  }
}

describe('a program', () => {
  const graph = new Graph()
  graph.output('y', t.add(graph.input('x', 'f32', [2, 3]), graph.input('bias', 'f32', [3])))
  const x = Float32Array.of(1, 2, 3, 4, 5, 6)
  const bias = Float32Array.of(10, 20, 30)

  test('takes typed arrays by name and gives typed arrays by name', async () => {
    expect(await runOnce(graph, { x, bias })).toEqual({ y: Float32Array.of(11, 22, 33, 14, 25, 36) })
  })

  test('refuses an input that is missing or of another size, before the native code sees it', async () => {
    const program = await Program.compile(graph, { threads: 1 })
    await expect(program.run({ x })).rejects.toThrow('program input bias [3] was not fed')
    await expect(program.run({ x: x.subarray(1), bias })).rejects.toThrow(
      'program input x: expected 6 elements for [2,3], found 5',
    )
    expect(await program.run({ x, bias })).toHaveProperty('y') // and is as good as before
    await program.release()
  })

  test('runs on a part of a larger buffer', async () => {
    const large = Float32Array.of(-1, -1, ...x, -1)
    expect(await runOnce(graph, { x: large.subarray(2, 8), bias })).toEqual({
      y: Float32Array.of(11, 22, 33, 14, 25, 36),
    })
  })

  test('gives the same value under two names, and an input as an output', async () => {
    const echo = new Graph()
    const value = echo.input('x', 'f32', [2])
    const doubled = t.scale(value, 2)
    for (const name of ['a', 'b']) echo.output(name, doubled)
    echo.output('same', value)
    const of = (...numbers: number[]) => Float32Array.from(numbers)
    expect(await runOnce(echo, { x: of(1, 2) })).toEqual({ a: of(2, 4), b: of(2, 4), same: of(1, 2) })
  })

  test('too little memory is OUT_OF_MEMORY, which says what to do', async () => {
    const huge = new Graph()
    const spread = t.expand(huge.input('x', 'f32', [1]), [2 ** 20, 2 ** 20]) // 4 TiB
    huge.output('y', t.reduceSum(t.exp(spread)))
    const failed = runOnce(huge, { x: Float32Array.of(1) })
    await expect(failed).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' })
    await expect(failed).rejects.toThrow(/smaller micro-batch/)
  })
})

describe('weights read from a file', () => {
  // Exact in bfloat16 and in float16, so that every format must give these very numbers.
  const numbers = Float32Array.of(0.5, -1.25, 3, 2 ** -14, -96, 0)

  for (const dtype of ['F32', 'F16', 'BF16'] as const) {
    test(`${dtype} at an offset`, async () => {
      const path = join(dir, `${dtype}.safetensors`)
      await writeSafetensors(
        path,
        new Map([
          ['a', { shape: [3], data: Float32Array.of(9, 9, 9) }],
          ['w', { shape: [2, 3], data: numbers }],
        ]),
        dtype,
      )
      const { begin, end } = openSafetensors(path).tensors.get('w')!
      const graph = new Graph()
      const place = { file: `${dtype}.safetensors`, offset: begin, bytes: end - begin }
      const w = graph.apply({
        kind: 'External',
        name: 'w',
        dtype: ({ F32: 'f32', F16: 'f16', BF16: 'bf16' } as const)[dtype],
        shape: [2, 3],
        ...place,
      })
      graph.output('y', t.add(t.cast(w, 'f32'), graph.input('x', 'f32', [])))
      expect(await runOnce(graph, { x: Float32Array.of(0) }, dir)).toEqual({ y: numbers })
    })
  }

  test('a file that exists in memory alone, of few bits that are made numbers where they are used', async () => {
    const graph = new Graph()
    const place = { file: 'codes', offset: 64, bytes: 70, dtype: 'i8', shape: [1, 70] } as const
    const scales = { file: 'scales', offset: 0, bytes: 8, dtype: 'f32', shape: [1, 2] } as const
    const numbers = graph.apply({ kind: 'Dequantize', bits: 8, input: 70 }, [
      graph.apply({ kind: 'External', name: 'c', ...place }),
      graph.apply({ kind: 'External', name: 's', ...scales }),
    ])
    graph.output('y', t.gemm(graph.input('x', 'f32', [-1, 70]), numbers, { transB: true }))
    const program = await Program.compile(graph, {
      threads: 1,
      weightsFolder: dir,
      heldFiles: {
        codes: new Uint8Array(134).fill(255, 64), // −1
        scales: new Uint8Array(Float32Array.of(0.5, 2).buffer),
      },
      foldsConstants: false,
      prepacks: false,
      hidesOpenSizes: true,
    })
    const x = { data: new Float32Array(140).fill(1), shape: [2, 70] }
    expect(await program.run({ x })).toEqual({ y: Float32Array.of(-44, -44) }) // 64 of a half, 6 of two
    await program.release()
  })

  test('a file of another size is an error, not other numbers', async () => {
    writeFileSync(join(dir, 'short.bin'), Buffer.alloc(8))
    const graph = new Graph()
    const w = graph.apply({
      kind: 'External',
      name: 'w',
      dtype: 'f32',
      shape: [4],
      file: 'short.bin',
      offset: 0,
      bytes: 16,
    })
    graph.output('y', t.scale(w, 2))
    await expect(Program.compile(graph, { threads: 1, weightsFolder: dir })).rejects.toThrow()
  })
})

describe('loops', () => {
  /** Doubles x until it reaches `limit`, at most `trips` times; shows the number of each step. */
  const doubling = (trips: number, limit: number): Graph => {
    const graph = new Graph()
    const start = graph.input('x', 'f32', [2])
    const added = t.exp(graph.input('shift', 'f32', [])) // a value of the graph around the loop
    const body = new Graph()
    const step = body.input('step', 'i64', [])
    body.input('going', 'bool', [])
    const x = body.input('x', 'f32', [2])
    const next = t.add(t.scale(x, 2), added)
    const total = t.reduceSum(next, [0])
    body.output('going', body.apply({ kind: 'Less' }, [total, body.scalar(limit, 'f32')]))
    body.output('x', next)
    body.output('total', total)
    body.output('step', step)
    const [last, totals, steps] = graph.applyAll({ kind: 'Loop', body, trips, carried: 1, stacked: 2 }, [
      start,
    ])
    for (const [name, value] of Object.entries({ last: last!, totals: totals!, steps: steps! }))
      graph.output(name, value)
    return graph
  }

  test.each([
    [20, 100],
    [3, 1e9],
    [1, 1e9],
  ])('at most %i trips, until %i', async (trips, limit) => {
    const graph = doubling(trips, limit)
    const feeds = { x: Float32Array.of(1, 2), shift: Float32Array.of(0) }
    const found = await runOnce(graph, feeds)
    for (const [name, { data }] of Object.entries(evaluate(graph, feeds))) {
      expect(Array.from(found[name]! as ArrayLike<number>, Number)).toEqual([...data])
    }
  })
})

test('cached attention: a prompt of three lengths, then two tokens, as attention without a cache computes it', async () => {
  const [batch, heads, kvHeads, headDim, prompt, capacity] = [3, 4, 2, 16, 5, 8]
  const lengths = [5, 1, 3]
  const sizes = { batch, heads, kvHeads, headDim, capacity, turned: headDim }
  const angles = Array.from(
    { length: (capacity * headDim) / 2 },
    (_, i) => Math.floor(i / 8) * 0.7 ** (i % 8),
  )
  const empty = new Float32Array(batch * kvHeads * capacity * headDim)
  let [pastK, pastV] = [empty, empty]
  for (const [call, tokens] of [prompt, 1, 1].entries()) {
    const last = Int32Array.from(lengths, (n) => n - 1 + call)
    const graph = cachedAttentionGraph(sizes, tokens)
    const feeds = {
      q: Float32Array.from(normals(batch * tokens * heads * headDim, 10 + call)),
      k: Float32Array.from(normals(batch * tokens * kvHeads * headDim, 20 + call)),
      v: Float32Array.from(normals(batch * tokens * kvHeads * headDim, 30 + call)),
      pastK,
      pastV,
      last,
      total: Int32Array.of(prompt + call),
      cos: Float32Array.from(angles, Math.cos),
      sin: Float32Array.from(angles, Math.sin),
    }
    const found = await runOnce(graph, feeds)
    const expected = evaluate(graph, feeds)
    const width = heads * headDim
    for (let b = 0; b < batch; b++) {
      for (let i = 0; i < (tokens === 1 ? 1 : lengths[b]!) * width; i++) {
        const at = b * tokens * width + i
        expect(Math.abs((found['o'] as Float32Array)[at]! - expected['o']!.data[at]!)).toBeLessThan(2e-6)
      }
    }
    ;[pastK, pastV] = [
      found['presentK'] as Float32Array<ArrayBuffer>,
      found['presentV'] as Float32Array<ArrayBuffer>,
    ]
  }
})

describe('the cache of programs', () => {
  const build = (factor: number) => () => {
    const graph = new Graph()
    graph.output('y', t.scale(graph.input('x', 'f32', [1]), factor))
    return graph
  }

  test('compiles a key once and lets go of the least recently used', async () => {
    const cache = new ProgramCache({ threads: 1 }, 2)
    const a = await cache.get('a', build(2))
    await cache.get('b', build(3))
    expect(await cache.get('a', build(2))).toBe(a)
    await cache.get('c', build(4)) // b goes
    expect(await cache.get('a', build(2))).toBe(a)
    let rebuilt = false
    await cache.get('b', () => {
      rebuilt = true
      return build(3)()
    })
    expect(rebuilt).toBe(true)
    await cache.release()
  })

  test('forgets a compilation that failed', async () => {
    const cache = new ProgramCache({ threads: 1 }, 1)
    const broken = () => {
      const graph = new Graph()
      const w = graph.apply({
        kind: 'External',
        name: 'w',
        dtype: 'f32',
        shape: [1],
        file: 'not-there.bin',
        offset: 0,
        bytes: 4,
      })
      graph.output('y', t.add(w, graph.input('x', 'f32', [1])))
      return graph
    }
    await expect(cache.get('a', broken)).rejects.toThrow()
    const program = await cache.get('a', build(2))
    expect(await program.run({ x: Float32Array.of(4) })).toEqual({ y: Float32Array.of(8) })
    await cache.release()
  })
})
