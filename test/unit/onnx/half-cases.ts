import { gradients } from '../../../src/engine/autodiff/gradients.ts'
import * as t from '../../../src/engine/tensor/build.ts'
import type { Graph, Value } from '../../../src/engine/tensor/graph.ts'
import { type HalfDtype, roundToHalf } from '../../../src/engine/tensor/half-floats.ts'
import { sizeOf } from '../../../src/engine/tensor/shape-rules.ts'
import { caseProgram } from '../tensor/case-program.ts'
import { normals } from '../tensor/normals.ts'
import type { OpCase } from '../tensor/op-case.ts'
import { opCases } from '../tensor/op-cases.ts'
import { evaluate } from '../tensor/reference-evaluator.ts'

/** The largest share that rounding to the nearest half changes. */
export const unit = { f16: 2 ** -11, bf16: 2 ** -8 } as const

export const trained = opCases.filter(({ wrt }) => wrt.length > 0)

/** The case with numbers that are halves. */
export function inHalves(opCase: OpCase, half: HalfDtype): OpCase {
  const inputs = opCase.inputs.map((input) =>
    input.dtype === 'float'
      ? { ...input, data: [...roundToHalf(Float32Array.from(input.data), half)] }
      : input,
  )
  return { ...opCase, inputs }
}

/** Float inputs at the edge, halves within: what the op does, and with `wrt` the gradients of a sum that weighs its results. */
export function halfProgram(opCase: OpCase, half: HalfDtype, wrt: readonly number[]): Graph {
  const { graph, values } = caseProgram({ ...opCase, build: () => [] }, 'f32')
  const halves = values.map((value, i) => (opCase.inputs[i]!.dtype === 'float' ? t.cast(value, half) : value))
  const built = opCase.build(halves)
  const y = 'graph' in built ? built : built[0]!
  if (wrt.length === 0) graph.output('y', t.cast(y, 'f32'))
  else outputGradients(graph, y, halves, wrt)
  return graph
}

function outputGradients(graph: Graph, y: Value, values: readonly Value[], wrt: readonly number[]): void {
  const weights = graph.constant(seed(y.shape, y.dtype), y.dtype, y.shape)
  const wanted = gradients(
    new Map([[y, weights]]),
    wrt.map((i) => values[i]!),
  )
  wanted.forEach((value, i) => graph.output(`d${wrt[i]}`, t.cast(value, y.dtype === 'f64' ? 'f64' : 'f32')))
}

/** Halves of both kinds, so that they are the same numbers in every type. */
const seed = (shape: readonly number[], dtype: Value['dtype']) => {
  const numbers = normals(sizeOf(shape), 4711).map((x) => Math.round(16 * x) / 16)
  return dtype === 'f64' ? Float64Array.from(numbers) : Float32Array.from(numbers)
}

/** What the case's first result is in float64. */
export function exactResult(opCase: OpCase): Float64Array {
  const { graph, outputs, feeds } = caseProgram(opCase, 'f64')
  graph.results.clear()
  graph.output('y', outputs[0]!)
  return evaluate(graph, feeds)['y']!.data
}

/** The gradients of `halfProgram` in float64, by name. */
export function exactGradients(opCase: OpCase): Record<string, Float64Array> {
  const { graph, values, outputs, feeds } = caseProgram(opCase, 'f64')
  graph.results.clear()
  outputGradients(graph, outputs[0]!, values, opCase.wrt)
  return Object.fromEntries(Object.entries(evaluate(graph, feeds)).map(([name, { data }]) => [name, data]))
}
