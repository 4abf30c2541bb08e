import { describe, expect, test } from 'vitest'
import { gradientRules } from '../../../src/engine/autodiff/gradient-rules.ts'
import { gradients } from '../../../src/engine/autodiff/gradients.ts'
import { loweringRules } from '../../../src/engine/onnx/lowering-rules.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import * as t from '../../../src/engine/tensor/build.ts'
import { Graph, type Value } from '../../../src/engine/tensor/graph.ts'
import { gradientProgram } from '../tensor/case-program.ts'
import { opCases } from '../tensor/op-cases.ts'
import { evaluate } from '../tensor/reference-evaluator.ts'

// Central differences of step h err by h²·f‴/6 and by rounding / h: at h = 1e-5 both are near 1e-10.
const step = 1e-5
const tolerance = 1e-6

describe('every rule equals central finite differences of the op itself, in float64', () => {
  for (const opCase of opCases.filter(({ wrt }) => wrt.length > 0)) {
    test(`${opCase.kind}: ${opCase.name}`, async () => {
      const { graph, loss, feeds } = gradientProgram(opCase, 'f64')
      const program = await Program.compile(graph, { threads: 1 })
      const found = await program.run(feeds)
      await program.release()

      graph.results.clear()
      graph.output('loss', loss)
      const lossAt = (): number => evaluate(graph, feeds)['loss']!.data[0]!
      for (const i of opCase.wrt) {
        const x = feeds[`x${i}`] as Float64Array
        const gradient = found[`d${i}`] as Float64Array
        expect(gradient).toHaveLength(x.length)
        const largest = Math.max(...gradient.map(Math.abs))
        for (const [at, value] of x.entries()) {
          x[at] = value + step
          const above = lossAt()
          x[at] = value - step
          const difference = (above - lossAt()) / (2 * step)
          x[at] = value
          expect(Math.abs(gradient[at]! - difference)).toBeLessThanOrEqual(
            tolerance * Math.max(largest, 1e-3),
          )
        }
      }
    })
  }
})

test('an op has a rule, or stands in the list of those that nothing is trained through', () => {
  const without = [
    'Const',
    'External',
    'CachedAttention',
    'StepAttention',
    'Less',
    'LessOrEqual',
    'Equal',
    'And',
    'Or',
    'Not',
    'Where',
    'Max',
    'ArgMax',
    'TopK',
    'CumSum',
    'ReduceMax',
    'GatherElements',
    'GatherAxis',
    'ReplaceRows',
    'PutElements',
    'RowsBetween',
    'Positions',
    'ReshapeTo',
    'Capture',
    'If',
    'Loop',
    'Step',
    'TokenEntropy',
    'Dequantize',
    'SequenceAttentionGrad',
    'TokenLogProbGrad',
  ]
  expect([...Object.keys(gradientRules), ...without].toSorted()).toEqual(
    Object.keys(loweringRules).toSorted(),
  )
})

test('every rule has a case', () => {
  const tried = new Set<string>(opCases.filter(({ wrt }) => wrt.length > 0).map(({ kind }) => kind))
  expect(Object.keys(gradientRules).filter((kind) => !tried.has(kind))).toEqual([])
})

describe('gradients of a graph', () => {
  const run = async (
    graph: Graph,
    values: Record<string, Value>,
    feeds: Record<string, Float64Array | Float32Array>,
  ) => {
    for (const [name, value] of Object.entries(values)) graph.output(name, value)
    const program = await Program.compile(graph, { threads: 1 })
    const results = await program.run(feeds)
    await program.release()
    return Object.fromEntries(
      Object.entries(results).map(([name, data]) => [name, Array.from(data as Float64Array)]),
    )
  }

  test('every use of a value adds its part, along every path', async () => {
    const graph = new Graph()
    const x = graph.input('x', 'f64', [2])
    const square = t.mul(x, x)
    const y = t.add(t.mul(square, x), t.exp(square)) // x³ + exp(x²)
    const [dx] = gradients(new Map([[t.reduceSum(y), graph.scalar(1, 'f64')]]), [x])
    const { d } = await run(graph, { d: dx! }, { x: Float64Array.of(0.5, -1) })
    const exact = [0.5, -1].map((v) => 3 * v * v + 2 * v * Math.exp(v * v))
    d!.forEach((value, i) => expect(value).toBeCloseTo(exact[i]!, 13))
  })

  test('several seeds, one of them not a scalar', async () => {
    const graph = new Graph()
    const x = graph.input('x', 'f64', [2])
    const g = graph.input('g', 'f64', [2])
    const double = t.scale(x, 2)
    const [dx] = gradients(
      new Map([
        [t.mul(x, x), g],
        [t.reduceSum(double), graph.scalar(10, 'f64')],
      ]),
      [x],
    )
    const { d } = await run(graph, { d: dx! }, { x: Float64Array.of(3, 4), g: Float64Array.of(1, 100) })
    expect(d).toEqual([2 * 3 + 20, 100 * 2 * 4 + 20])
  })

  test('a gradient comes back in the type of its value', async () => {
    const graph = new Graph()
    const x = graph.input('x', 'f32', [2])
    const weights = graph.constant(Float64Array.of(0.1, 3), 'f64', [2])
    const [dx] = gradients(
      new Map([[t.reduceSum(t.mul(t.cast(x, 'f64'), weights)), graph.scalar(1, 'f64')]]),
      [x],
    )
    expect(dx!.dtype).toBe('f32')
    expect((await run(graph, { d: dx! }, { x: Float32Array.of(1, 2) }))['d']).toEqual([Math.fround(0.1), 3])
  })

  test('a value that the loss does not depend on, and a path through an op without a rule, are errors', () => {
    const graph = new Graph()
    const [x, y] = [graph.input('x', 'f32', [2]), graph.input('y', 'f32', [2])]
    const one = new Map([[t.reduceSum(x), graph.scalar(1, 'f32')]])
    expect(() => gradients(one, [y])).toThrow(/does not depend on it/)
    const highest = graph.apply({ kind: 'ReduceMax', keepDims: true }, [x])
    expect(() => gradients(new Map([[t.reduceSum(highest), graph.scalar(1, 'f32')]]), [x])).toThrow(
      /no gradient through ReduceMax/,
    )
  })
})
