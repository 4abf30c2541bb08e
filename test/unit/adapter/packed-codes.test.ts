import { describe, expect, test } from 'vitest'
import { packMask, unpackedMask } from '../../../src/engine/model/adapter/packed-mask.ts'
import { packedNames, packMatrix, unpackedMatrix } from '../../../src/engine/model/adapter/packed-matrix.ts'
import { dequantize, quantize } from '../../../src/engine/model/adapter/quantized-matrix.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import { Graph } from '../../../src/engine/tensor/graph.ts'
import { normals } from '../tensor/normals.ts'

async function resultOf(
  graph: Graph,
  feeds: Record<string, Int32Array | Float32Array>,
): Promise<Float32Array> {
  const program = await Program.compile(graph, { threads: 1 })
  const { y } = await program.run(feeds)
  await program.release()
  return y as Float32Array
}

describe.each(['int8', 'int4'] as const)('a matrix in %s', (form) => {
  // One block and a bit of another; an odd width, whose rows end in half a byte; whole blocks.
  test.each([
    [3, 70],
    [5, 7],
    [2, 128],
  ])('of %i × %i is unpacked to the numbers that the host dequantizes', async (out, input) => {
    const data = Float32Array.from(normals(out * input, 17))
    data.fill(0, 0, Math.min(64, input)) // a block of zeros has no scale
    const matrix = quantize(data, [out, input], form)
    const graph = new Graph()
    graph.output('y', unpackedMatrix(graph, 'w', matrix.bits, [out, input]))
    const names = packedNames('w')
    const found = await resultOf(graph, {
      [names.codes]: packMatrix(matrix),
      [names.scales]: matrix.scales,
    })
    expect(found).toEqual(dequantize(matrix, new Float32Array(out * input)))
  })
})

test.each([1, 24, 25, 1000])('a mask of %i numbers comes back, from a sixth of its bytes', async (count) => {
  const mask = Uint8Array.from(normals(count, 3), (x) => (x > 0.3 ? 1 : 0))
  const graph = new Graph()
  graph.output('y', unpackedMask(graph, 'kept', [count, 1]))
  const packed = packMask(mask)
  expect(packed.byteLength).toBe(4 * Math.ceil(count / 24))
  expect(await resultOf(graph, { kept: packed })).toEqual(Float32Array.from(mask))
})
