import { describe, expect, test } from 'vitest'
import { gradientRules } from '../../../src/engine/autodiff/gradient-rules.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import type { Feeds } from '../../../src/engine/onnx/compiled-program.ts'
import type { TensorData } from '../../../src/engine/tensor/dtype.ts'
import type { Graph } from '../../../src/engine/tensor/graph.ts'
import { kernelRules } from '../../../src/engine/tensorflow/kernel-rules.ts'
import { caseProgram, gradientProgram } from '../tensor/case-program.ts'
import { normals } from '../tensor/normals.ts'
import type { OpCase } from '../tensor/op-case.ts'
import { opCases } from '../tensor/op-cases.ts'
import { compileTensorFlow, tensorFlow } from './tensorflow-under-test.ts'

// Of an output's largest number. Both round to float32 (6e-8) after sums of a few terms and different approximations of
// exp, log and tanh; differences are near 1e-7, and a wrong rule is off by far more.
const tolerance = 1e-5

async function onBoth(graph: Graph, feeds: Feeds): Promise<Record<string, TensorData>[]> {
  const results = await Promise.all(
    [Program.compile, compileTensorFlow].map(async (compile) => {
      const program = await compile(graph, { threads: 1 })
      const results = await program.run(feeds)
      await program.release()
      return results
    }),
  )
  expect(tensorFlow.memory().numTensors).toBe(0) // it lets go of all that it made
  return results
}

function expectSame(found: Record<string, TensorData>, expected: Record<string, TensorData>): void {
  expect(Object.keys(found).toSorted()).toEqual(Object.keys(expected).toSorted())
  for (const [name, data] of Object.entries(expected)) {
    expect(found[name]!.constructor).toBe(data.constructor)
    const [ours, theirs] = [found[name]!, data].map((numbers) =>
      Array.from(numbers as ArrayLike<number>, Number),
    )
    expect(ours).toHaveLength(theirs!.length)
    const limit = tolerance * Math.max(1, ...theirs!.map(Math.abs))
    for (const [i, value] of theirs!.entries()) expect(Math.abs(ours![i]! - value)).toBeLessThanOrEqual(limit)
  }
}

/** The case with other random numbers, wherever its own are not chosen for what they are. */
const redrawn = (opCase: OpCase, seed: number): OpCase => ({
  ...opCase,
  inputs: opCase.inputs.map((input, i) => {
    if (input.dtype !== 'float' || opCase.wrt.length === 0) return input
    const isPositive = input.data.every((x) => x > 0.4)
    const data = normals(input.data.length, seed + i).map((x) => (isPositive ? Math.abs(x) + 0.5 : 3 * x))
    return { ...input, data }
  }),
})

// TensorFlow.js has whole numbers of 32 bits only: such a constant is refused, see program.test.ts.
const runnable = opCases.filter(({ kind, precisions }) => kind !== 'Const' && precisions.includes('f32'))

describe('every op: TensorFlow computes what ONNX Runtime computes', () => {
  for (const [i, opCase] of runnable.entries()) {
    test(`${opCase.kind}: ${opCase.name}`, async () => {
      for (const drawn of [opCase, redrawn(opCase, 1000 + 10 * i)]) {
        const { graph, feeds } = caseProgram(drawn, 'f32')
        const [expected, found] = await onBoth(graph, feeds)
        expectSame(found!, expected!)
      }
    })
  }

  test('every op has a case here, or in program.test.ts', () => {
    expect([...new Set([...runnable.map(({ kind }) => kind), 'CachedAttention', 'Loop'])].toSorted()).toEqual(
      Object.keys(kernelRules).toSorted(),
    )
  })
})

describe('every gradient rule: both backends give the same gradients', () => {
  const trained = opCases.filter(({ wrt }) => wrt.length > 0)
  for (const opCase of trained) {
    test(`${opCase.kind}: ${opCase.name}`, async () => {
      const { graph, feeds } = gradientProgram(opCase, 'f32')
      const [expected, found] = await onBoth(graph, feeds)
      expectSame(found!, expected!)
    })
  }

  test('every rule has a case', () => {
    expect([...new Set(trained.map(({ kind }) => kind))].toSorted()).toEqual(
      Object.keys(gradientRules).toSorted(),
    )
  })
})
