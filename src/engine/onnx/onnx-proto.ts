import type { Dtype, TensorData } from '../tensor/dtype.ts'
import type { Shape } from '../tensor/graph.ts'
import { Message } from './protobuf.ts'

/** ONNX's messages, by the field numbers of onnx.proto (onnx/onnx, IR version 10). */

export type Attribute = number | string | readonly number[] | { float: number } | { graph: Message }

const dataTypes: Record<Dtype, number> = {
  f32: 1,
  u8: 2,
  i8: 3,
  i32: 6,
  i64: 7,
  bool: 9,
  f16: 10,
  f64: 11,
  bf16: 16,
}

export const dataType = (dtype: Dtype): number => dataTypes[dtype]

export function tensorProto(name: string, dtype: Dtype, shape: Shape, data: TensorData): Message {
  return tensorHead(name, dtype, shape).bytes(
    9,
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  )
}

/** A tensor whose bytes lie in another file of the session's folder. */
export function externalTensorProto(
  name: string,
  dtype: Dtype,
  shape: Shape,
  file: string,
  offset: number,
  bytes: number,
): Message {
  const entry = (key: string, value: string) => new Message().string(1, key).string(2, value)
  return tensorHead(name, dtype, shape)
    .message(13, entry('location', file))
    .message(13, entry('offset', String(offset)))
    .message(13, entry('length', String(bytes)))
    .int(14, 1)
}

function tensorHead(name: string, dtype: Dtype, shape: Shape): Message {
  const tensor = new Message()
  for (const size of shape) tensor.int(1, size)
  return tensor.int(2, dataTypes[dtype]).string(8, name)
}

/** `shape` null: nothing is said of it, not even how many sizes it has. */
export function valueInfo(name: string, dtype: Dtype, shape: Shape | null): Message {
  const tensor = new Message().int(1, dataTypes[dtype])
  if (shape !== null) tensor.message(2, dimensions(shape))
  return new Message().string(1, name).message(2, new Message().message(1, tensor))
}

function dimensions(shape: Shape): Message {
  const dims = new Message()
  shape.forEach((size) => {
    // A size known at run time alone has no name: equal names would promise equal sizes.
    dims.message(1, size < 0 ? new Message() : new Message().int(1, size))
  })
  return dims
}

export interface NodeDescription {
  opType: string
  domain: '' | 'com.microsoft'
  inputs: readonly string[]
  outputs: readonly string[]
  attributes: Readonly<Record<string, Attribute>>
}

export function nodeProto(node: NodeDescription): Message {
  const message = new Message()
  for (const input of node.inputs) message.string(1, input)
  for (const output of node.outputs) message.string(2, output)
  message.string(3, node.outputs[0]!).string(4, node.opType)
  for (const [name, value] of Object.entries(node.attributes)) message.message(5, attributeProto(name, value))
  return node.domain ? message.string(7, node.domain) : message
}

function attributeProto(name: string, value: Attribute): Message {
  const message = new Message().string(1, name)
  if (typeof value === 'number') return message.int(3, value).int(20, 2)
  if (typeof value === 'string') return message.string(4, value).int(20, 3)
  if ('float' in value) return message.float(2, value.float).int(20, 1)
  if ('graph' in value) return message.message(6, value.graph).int(20, 5)
  for (const item of value) message.int(8, item)
  return message.int(20, 7)
}

export interface GraphParts {
  name: string
  nodes: readonly Message[]
  initializers: readonly Message[]
  inputs: readonly Message[]
  outputs: readonly Message[]
}

export function graphProto({ name, nodes, initializers, inputs, outputs }: GraphParts): Message {
  const graph = new Message()
  for (const node of nodes) graph.message(1, node)
  graph.string(2, name)
  for (const initializer of initializers) graph.message(5, initializer)
  for (const input of inputs) graph.message(11, input)
  for (const output of outputs) graph.message(12, output)
  return graph
}

export function modelProto(graph: Message): Uint8Array {
  const opset = (domain: string, version: number) => new Message().string(1, domain).int(2, version)
  return new Message()
    .int(1, 10)
    .string(2, 'spin-studio')
    .message(7, graph)
    .message(8, opset('', 20))
    .message(8, opset('com.microsoft', 1))
    .finish()
}
