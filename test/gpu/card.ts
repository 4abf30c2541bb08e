import type { CompileProgram } from '../../src/engine/onnx/compiled-program.ts'
import { cudaUnusable, requireCuda } from '../../src/engine/onnx/cuda-provider.ts'
import { detours, kindsOf } from '../../src/engine/onnx/node-placement.ts'
import { Program } from '../../src/engine/onnx/program.ts'
import * as t from '../../src/engine/tensor/build.ts'
import { Graph } from '../../src/engine/tensor/graph.ts'

/** Programs on CUDA, in which a node that ran on the processor fails the run, unless it was arithmetic on shapes. */
export const compileCuda: CompileProgram = (graph, options) =>
  Program.compileFor('cuda', graph, {
    onPlacement: (nodes) => {
      const away = detours(nodes, 'cuda')
      if (away.length > 0)
        throw new Error(`Expected all nodes on the card, found on the processor: ${kindsOf(away)}`)
    },
    ...options,
  })

/**
 * Why these tests cannot run here; null = they can. The provider is looked for in the folder that SPIN_STUDIO_CUDA names (see
 * docs/gpu.md); vitest.config.ts puts it on the loader's path.
 */
export const noCard = await findCard()

async function findCard(): Promise<string | null> {
  try {
    requireCuda()
    const graph = new Graph()
    graph.output('y', t.exp(graph.input('x', 'f32', [1])))
    const program = await compileCuda(graph, { threads: 1 })
    await program.run({ x: Float32Array.of(0) })
    await program.release()
    return null
  } catch (error) {
    const { message } = cudaUnusable(error)
    console.warn(`!! The tests of CUDA are SKIPPED: ${message}`)
    return message
  }
}
