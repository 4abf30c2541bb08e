import type { Dtype } from '../../../src/engine/tensor/dtype.ts'
import type { Shape, Value } from '../../../src/engine/tensor/graph.ts'
import type { Op, OpKind } from '../../../src/engine/tensor/op.ts'
import { sizeOf } from '../../../src/engine/tensor/shape-rules.ts'
import { normals } from './normals.ts'

/** One use of an op. `float` inputs take the precision under test; `exact` ones keep their own type. */
export interface OpCase {
  kind: OpKind
  name: string
  inputs: readonly CaseInput[]
  build: (inputs: readonly Value[]) => Value | readonly Value[]
  /** Inputs that a gradient flows to; empty for ops without one. */
  wrt: readonly number[]
  precisions: readonly ('f32' | 'f64')[]
}

export interface CaseInput {
  shape: Shape
  dtype: Dtype | 'float'
  data: readonly number[]
}

let seeds = 0
/** Numbers at least 0.2 away from 0, so that no finite difference steps over the kink of Relu. */
export const real = (...shape: number[]): CaseInput => ({
  shape,
  dtype: 'float',
  data: normals(sizeOf(shape), ++seeds).map((x) => x + Math.sign(x) * 0.2),
})
export const positive = (...shape: number[]): CaseInput => ({
  ...real(...shape),
  data: real(...shape).data.map((x) => Math.abs(x) + 0.5),
})
export const exact = (dtype: Dtype, shape: Shape, data: readonly number[]): CaseInput => ({
  shape,
  dtype,
  data,
})
export const ids = (...data: number[]): CaseInput => exact('i32', [data.length], data)
export const flags = (shape: Shape, ...data: number[]): CaseInput => exact('bool', shape, data)

type Build = (...inputs: Value[]) => Value | readonly Value[]
export const trained = (
  kind: OpKind,
  name: string,
  inputs: readonly CaseInput[],
  build: Build,
  wrt?: readonly number[],
): OpCase => ({
  kind,
  name,
  inputs,
  build: (values) => build(...values),
  precisions: ['f32', 'f64'],
  wrt: wrt ?? inputs.flatMap(({ dtype }, i) => (dtype === 'float' ? [i] : [])),
})
export const plain = (
  kind: OpKind,
  name: string,
  inputs: readonly CaseInput[],
  build: Build,
  precisions: OpCase['precisions'] = ['f32', 'f64'],
): OpCase => ({ ...trained(kind, name, inputs, build, []), precisions })
export const bare =
  (op: Op) =>
  (...inputs: Value[]) =>
    inputs[0]!.graph.applyAll(op, inputs)

export const onOff = [false, true]
