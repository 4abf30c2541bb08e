import { gradients } from '../../../src/engine/autodiff/gradients.ts'
import * as t from '../../../src/engine/tensor/build.ts'
import type { Dtype, TensorData } from '../../../src/engine/tensor/dtype.ts'
import { Graph } from '../../../src/engine/tensor/graph.ts'
import { sizeOf } from '../../../src/engine/tensor/shape-rules.ts'
import { normals } from './normals.ts'
import type { OpCase } from './op-case.ts'

/** The case as a program with inputs x0, x1, … and outputs y0, y1, …, and what to feed it. */
export function caseProgram({ inputs, build }: OpCase, precision: 'f32' | 'f64') {
  const graph = new Graph()
  const values = inputs.map(({ dtype, shape }, i) =>
    graph.input(`x${i}`, dtype === 'float' ? precision : dtype, shape),
  )
  const built = build(values)
  const outputs = 'graph' in built ? [built] : built
  outputs.forEach((value, i) => graph.output(`y${i}`, value))
  const feeds = Object.fromEntries(values.map(({ dtype }, i) => [`x${i}`, typed(dtype, inputs[i]!.data)]))
  return { graph, values, outputs, feeds }
}

/**
 * The gradients of the case's loss as outputs d0, d1, … The loss weighs every element of the first output differently: an
 * error in one of them cannot hide behind another.
 */
export function gradientProgram(opCase: OpCase, precision: 'f32' | 'f64') {
  const { graph, values, outputs, feeds } = caseProgram(opCase, precision)
  const y = outputs[0]!
  const weights = graph.constant(typed(precision, normals(sizeOf(y.shape), 4711)), precision, y.shape)
  const loss = t.reduceSum(t.mul(y, weights))
  const wanted = gradients(
    new Map([[loss, graph.scalar(1, precision)]]),
    opCase.wrt.map((i) => values[i]!),
  )
  graph.results.clear()
  wanted.forEach((value, i) => graph.output(`d${opCase.wrt[i]}`, value))
  return { graph, loss, feeds }
}

export function typed(dtype: Dtype, data: readonly number[]): TensorData {
  if (dtype === 'f64') return Float64Array.from(data)
  if (dtype === 'i32') return Int32Array.from(data)
  if (dtype === 'i64') return BigInt64Array.from(data, BigInt)
  if (dtype === 'i8') return Int8Array.from(data)
  if (dtype === 'bool' || dtype === 'u8') return Uint8Array.from(data)
  return Float32Array.from(data)
}
