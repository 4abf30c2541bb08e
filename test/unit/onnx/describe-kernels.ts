import { describe, expect, test } from 'vitest'
import { gradientRules } from '../../../src/engine/autodiff/gradient-rules.ts'
import type { CompileProgram, Feeds } from '../../../src/engine/onnx/compiled-program.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import type { TensorData } from '../../../src/engine/tensor/dtype.ts'
import type { Graph } from '../../../src/engine/tensor/graph.ts'
import { caseProgram, gradientProgram } from '../tensor/case-program.ts'
import type { OpCase } from '../tensor/op-case.ts'
import { opCases } from '../tensor/op-cases.ts'

// Of an output's largest number: both round to float32 (6e-8) after sums of a few terms; shaders may compute exp, log
// and tanh to a few units in the last place.
const tolerance = 1e-5

/** The results of a graph on the processor, and of the same on a device. */
export async function onBoth(compile: CompileProgram, graph: Graph, feeds: Feeds) {
  const results: Record<string, TensorData>[] = []
  for (const make of [Program.compile, compile]) {
    const program = await make(graph, { threads: 1 })
    results.push(await program.run(feeds))
    await program.release()
  }
  const [expected, found] = results
  return { expected: expected!, found: found! }
}

export function expectSame({ expected, found }: Awaited<ReturnType<typeof onBoth>>): void {
  for (const [name, data] of Object.entries(expected)) {
    const numbers = Array.from(data as ArrayLike<number>, Number)
    const limit = tolerance * Math.max(1, ...numbers.map(Math.abs))
    expect(found[name]).toHaveLength(numbers.length)
    for (const [i, value] of numbers.entries())
      expect(Math.abs(Number(found[name]![i]) - value)).toBeLessThanOrEqual(limit)
  }
}

export interface KernelsUnderTest {
  name: string
  compile: CompileProgram
  skip: boolean
  /** Which ops the device is asked for; default: all. */
  takes?: (opCase: OpCase) => boolean
}

/** Every op and every gradient rule on a device against the processor, in f32. */
export function describeKernelsOn({ name, compile, skip, takes = () => true }: KernelsUnderTest): void {
  describe.skipIf(skip)(`every op: ${name} computes what the processor computes`, () => {
    const runnable = opCases.filter(
      (opCase) => opCase.kind !== 'Const' && opCase.precisions.includes('f32') && takes(opCase),
    )
    for (const opCase of runnable) {
      test(`${opCase.kind}: ${opCase.name}`, async () => {
        const { graph, feeds } = caseProgram(opCase, 'f32')
        expectSame(await onBoth(compile, graph, feeds))
      })
    }
  })

  describe.skipIf(skip)(`every gradient rule: ${name} gives the same gradients`, () => {
    for (const kind of Object.keys(gradientRules)) {
      test(`d ${kind}`, async () => {
        const opCase = opCases.find((found) => found.kind === kind && found.wrt.length > 0)!
        const { graph, feeds } = gradientProgram(opCase, 'f32')
        expectSame(await onBoth(compile, graph, feeds))
      })
    }
  })
}
