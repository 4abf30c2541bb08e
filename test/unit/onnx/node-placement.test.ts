import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { detours, kindsOf, type PlacedNode } from '../../../src/engine/onnx/node-placement.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import * as t from '../../../src/engine/tensor/build.ts'
import { Graph } from '../../../src/engine/tensor/graph.ts'

const mine = `spin-studio-scratch-${process.pid}-placement-`
const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith(mine))

test('the first run tells where its nodes ran, those of a loop each time; later runs are not recorded', async () => {
  const graph = new Graph()
  const x = graph.input('x', 'f32', [2, 2])
  const body = new Graph()
  body.input('step', 'i64', [])
  body.output('going', body.input('going', 'bool', []))
  body.output('y', t.matMul(body.input('y', 'f32', [2, 2]), body.capture(x)))
  const [y] = graph.applyAll({ kind: 'Loop', body, trips: 3, carried: 1, stacked: 0 }, [x])
  graph.output('y', y!)
  const before = folders()
  const told: PlacedNode[][] = []
  const program = await Program.compile(graph, { threads: 1, onPlacement: (nodes) => told.push(nodes) })
  const feeds = { x: Float32Array.of(1, 1, 0, 1) }
  const first = await program.run(feeds)
  expect(await program.run(feeds)).toEqual(first)
  expect([...(first['y'] as Float32Array)]).toEqual([1, 4, 0, 1])
  await program.release()
  expect(told).toHaveLength(1)
  const products = told[0]!.filter(({ op }) => op === 'FusedMatMul' || op === 'MatMul')
  expect(products).toHaveLength(3)
  expect(products[0]).toMatchObject({
    provider: 'CPUExecutionProvider',
    outputs: [{ type: 'float', shape: [2, 2] }],
  })
  expect(folders()).toEqual(before)
})

test('a program that never ran leaves no file', async () => {
  const before = folders()
  const graph = new Graph()
  graph.output('y', t.exp(graph.input('x', 'f32', [1])))
  const program = await Program.compile(graph, { threads: 1, onPlacement: () => undefined })
  await program.release()
  expect(folders()).toEqual(before)
})

const node = (op: string, provider: string, type: string, shape: number[]): PlacedNode => ({
  name: `${op} of ${shape}`,
  op,
  provider,
  outputs: [{ type, shape }],
})

test('numbers on the processor are a detour, a few integers that decide sizes are not', () => {
  const nodes = [
    node('MatMul', 'CUDAExecutionProvider', 'float', [64, 64]),
    node('Concat', 'CPUExecutionProvider', 'int64', [3]),
    node('Less', 'CPUExecutionProvider', 'bool', []),
    node('Gather', 'CPUExecutionProvider', 'int64', [4096]),
    node('Cast', 'CPUExecutionProvider', 'float', [3]),
    node('Cast', 'CPUExecutionProvider', 'float', [3]),
  ]
  const found = detours(nodes, 'cuda')
  expect(found.map(({ name }) => name)).toEqual(['Gather of 4096', 'Cast of 3'])
  expect(kindsOf([...found, found[1]!])).toBe('Cast ×2, Gather')
})
