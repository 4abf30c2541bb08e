import { describe, expect, test } from 'vitest'
import { gradients } from '../../../src/engine/autodiff/gradients.ts'
import { dropoutMask } from '../../../src/engine/model/adapter/dropout-mask.ts'
import { keptName } from '../../../src/engine/model/adapter/layer-inputs.ts'
import { adaptedLinears, type AdapterShape } from '../../../src/engine/model/adapter/adapter.ts'
import { layerGraph } from '../../../src/engine/model/layer-graph.ts'
import { batchFeeds, wholeSequences } from '../../../src/engine/model/token-batch.ts'
import { layerWeights } from '../../../src/engine/model/weight-names.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import type { TensorData } from '../../../src/engine/tensor/dtype.ts'
import * as t from '../../../src/engine/tensor/build.ts'
import { sizeOf } from '../../../src/engine/tensor/shape-rules.ts'
import { tinyLlama } from '../scoring/random-llama.ts'
import { normals } from '../tensor/normals.ts'

const batch = wholeSequences(2, 5, new Int32Array(10).fill(3))
const doubles = (count: number, seed: number) => Float64Array.from(normals(count, seed))
const key = { seed: 5, step: 3, microBatch: 1 }

const everyMatrix = [
  'self_attn.q_proj',
  'self_attn.k_proj',
  'self_attn.v_proj',
  'self_attn.o_proj',
  'mlp.gate_proj',
  'mlp.up_proj',
  'mlp.down_proj',
]

describe.each([
  ['every matrix', everyMatrix, 0],
  ['every matrix, with dropout', everyMatrix, 0.4],
  ['queries and values', ['self_attn.q_proj', 'self_attn.v_proj'], 0],
] as const)('a layer with an adapter on %s', (_, modules, dropout) => {
  const adapter: AdapterShape = { rank: 3, scale: 0.7, dropout, modules }
  const build = () => layerGraph(tinyLlama, 0, batch, 'f64', { adapter, dropout: dropout > 0 })

  test('gradients of A, B and x are those of float64 finite differences; none is taken of a weight', async () => {
    const { graph, x, y, trainable } = build()
    const feeds: Record<string, TensorData> = { x: doubles(sizeOf(x.shape), 1), ...batchFeeds(batch) }
    layerWeights(tinyLlama).forEach(({ name, shape }, i) => {
      feeds[name] = doubles(sizeOf(shape), 10 + i).map((v) => 0.4 * v + (name.includes('norm') ? 1 : 0))
    })
    const values = [...trainable]
    values.forEach(
      ([name, { shape }], i) => (feeds[name] = doubles(sizeOf(shape), 50 + i).map((v) => 0.5 * v)),
    )
    for (const { name, input } of adaptedLinears(tinyLlama, adapter))
      if (dropout > 0) feeds[keptName(name)] = dropoutMask(key, 0, name, batch.tokenRows * input, dropout)
    const direction = graph.constant(Float64Array.from(normals(sizeOf(y.shape), 99)), 'f64', y.shape)
    graph.output('sum', t.reduceSum(t.mul(y, direction)))
    const wanted = [['x', x] as const, ...values]
    gradients(
      new Map([[y, direction]]),
      wanted.map(([, value]) => value),
    ).forEach((g, i) => graph.output(`d ${wanted[i]![0]}`, g))
    expect(values).toHaveLength(2 * modules.length)
    const program = await Program.compile(graph, { threads: 1 })
    const result = await program.run(feeds)
    const at = async (name: string, index: number, shift: number) => {
      const moved = (feeds[name] as Float64Array).slice()
      moved[index]! += shift
      return ((await program.run({ ...feeds, [name]: moved }))['sum'] as Float64Array)[0]!
    }
    for (const [name, value] of wanted) {
      const found = result[`d ${name}`] as Float64Array
      const size = Math.hypot(...found)
      expect(size).toBeGreaterThan(1e-3)
      for (const index of [0, 7, sizeOf(value.shape) - 1]) {
        const h = 1e-4
        const numeric = ((await at(name, index, h)) - (await at(name, index, -h))) / (2 * h)
        // Second differences leave h²·f‴: below 1e-7 here.
        expect(Math.abs(numeric - found[index]!) / size).toBeLessThan(1e-6)
      }
    }
    await program.release()
  })
})

describe('dropout', () => {
  test('the same key gives the same mask; step, micro-batch, layer, module and seed each another', () => {
    const mask = (over: object, layer = 1, module = 'mlp.up_proj') =>
      dropoutMask({ ...key, ...over }, layer, module, 500, 0.5).join('')
    const first = mask({})
    expect(mask({})).toBe(first)
    const others = [
      mask({ seed: 6 }),
      mask({ step: 4 }),
      mask({ microBatch: 0 }),
      mask({}, 2),
      mask({}, 1, 'mlp.gate_proj'),
    ]
    expect(new Set([first, ...others]).size).toBe(6)
  })

  test.each([0.05, 0.1, 0.5])('drops a share of %f', (rate) => {
    const count = 200_001
    const dropped = 1 - dropoutMask(key, 0, 'q', count, rate).reduce((a, b) => a + b, 0) / count
    // Four standard deviations of a binomial share.
    expect(Math.abs(dropped - rate)).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / count))
  })
})
