import { describe, expect, test } from 'vitest'
import { Program } from '../../../src/engine/onnx/program.ts'
import * as t from '../../../src/engine/tensor/build.ts'
import { Graph } from '../../../src/engine/tensor/graph.ts'
import { type HalfDtype, roundToHalf } from '../../../src/engine/tensor/half-floats.ts'
import { caseProgram } from '../tensor/case-program.ts'
import { exactGradients, exactResult, halfProgram, inHalves, trained, unit } from './half-cases.ts'

async function run(graph: Graph, feeds: Parameters<Program['run']>[0]) {
  const program = await Program.compile(graph, { threads: 1 })
  const results = await program.run(feeds)
  await program.release()
  return results
}

describe.each(['f16', 'bf16'] as const)('in %s on the processor', (half) => {
  for (const original of trained) {
    const opCase = inHalves(original, half)
    test(`${opCase.kind} rounds its result once: ${opCase.name}`, async () => {
      const expected = exactResult(opCase)
      const { y } = await run(halfProgram(opCase, half, []), caseProgram(opCase, 'f32').feeds)
      // Half a unit in the last place of every number, and f32's own rounding before (2e-6 of the largest, see lowering.test).
      // Several ops in a case (Split's) round several times.
      const times = opCase.kind === 'Split' ? 3 : 1.01
      const floor = 2e-6 * Math.max(1, ...expected.map(Math.abs)) + (half === 'f16' ? 2 ** -25 : 0)
      for (const [i, value] of expected.entries())
        expect(Math.abs((y as Float32Array)[i]! - value)).toBeLessThanOrEqual(
          times * unit[half] * Math.abs(value) + floor,
        )
    })

    test(`d ${opCase.kind}: ${opCase.name}`, async () => {
      const expected = exactGradients(opCase)
      const found = await run(halfProgram(opCase, half, opCase.wrt), caseProgram(opCase, 'f32').feeds)
      for (const [name, data] of Object.entries(expected)) {
        // A rule is up to a dozen ops, each of which rounds numbers of the size of the largest gradient.
        const limit = 12 * unit[half] * Math.max(1, ...data.map(Math.abs))
        for (const [i, value] of data.entries())
          expect(Math.abs((found[name] as Float32Array)[i]! - value)).toBeLessThanOrEqual(limit)
      }
    })
  }
})

describe('halves between two ops', () => {
  const chain = (half: HalfDtype) => {
    const graph = new Graph()
    const x = graph.input('x', 'f32', [3])
    const h = t.cast(x, half)
    graph.output('squared and back', t.cast(t.div(t.mul(h, h), h), 'f32'))
    graph.output('a little added', t.cast(t.sub(t.add(h, graph.scalar(2 ** -9, half)), h), 'f32'))
    return graph
  }
  const x = Float32Array.of(1, 8, 300)

  test('f16 overflows at 65,504 and keeps eleven bits', async () => {
    expect(await run(chain('f16'), { x })).toEqual({
      'squared and back': Float32Array.of(1, 8, Infinity),
      'a little added': Float32Array.of(2 ** -9, 0, 0),
    })
  })

  test('bf16 has the range of f32 and keeps eight bits', async () => {
    expect(await run(chain('bf16'), { x })).toEqual({
      'squared and back': Float32Array.of(1, 8, 300),
      'a little added': Float32Array.of(0, 0, 0),
    })
  })

  test('are stored as halves where a graph within takes and gives them', async () => {
    const graph = new Graph()
    const h = t.mul(t.cast(graph.input('x', 'f32', [3]), 'f16'), graph.scalar(1 / 3, 'f16'))
    const branch = (factor: number) => {
      const inner = new Graph()
      inner.output('y', t.scale(inner.capture(h), factor))
      return inner
    }
    const holds = graph.input('holds', 'bool', [1])
    const y = graph.apply({ kind: 'If', yes: branch(2), no: branch(4) }, [holds])
    graph.output('y', t.cast(t.add(y, h), 'f32'))
    const third = roundToHalf(Float32Array.of(1 / 3), 'f16')[0]!
    const found = await run(graph, { x: Float32Array.of(1, 2, 4), holds: Uint8Array.of(1) })
    expect(found['y']).toEqual(roundToHalf(Float32Array.of(3 * third, 6 * third, 12 * third), 'f16'))
  })
})
