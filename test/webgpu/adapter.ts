import { existsSync } from 'node:fs'
import type { CompileProgram } from '../../src/engine/onnx/compiled-program.ts'
import { Program } from '../../src/engine/onnx/program.ts'
import * as t from '../../src/engine/tensor/build.ts'
import { Graph } from '../../src/engine/tensor/graph.ts'

/** Programs on WebGPU, in which no node may fall back to the processor. */
export const compileWebGpu: CompileProgram = (graph, options) => Program.compileFor('webgpu', graph, options)

/**
 * Why these tests cannot run here; null = they can. Mesa's lavapipe (Vulkan on the processor) is taken where it is
 * installed and nothing else was asked for: it gives the same numbers on every machine. Debian 12's own Mesa is too old.
 */
export const noAdapter = await findAdapter()

async function findAdapter(): Promise<string | null> {
  const lavapipe = ['lvp_icd.json', 'lvp_icd.x86_64.json', 'lvp_icd.aarch64.json']
    .map((name) => `/usr/share/vulkan/icd.d/${name}`)
    .find(existsSync)
  if (process.platform === 'linux' && lavapipe) process.env['VK_DRIVER_FILES'] ??= lavapipe
  try {
    const graph = new Graph()
    graph.output('y', t.exp(graph.input('x', 'f32', [1])))
    const program = await compileWebGpu(graph, { threads: 1 })
    await program.run({ x: Float32Array.of(0) })
    await program.release()
    return null
  } catch (error) {
    const [said = ''] = String(error).split('\n')
    const why = `no adapter that WebGPU takes (${said}); mesa-vulkan-drivers 24 or newer brings one that computes on the processor`
    console.warn(`!! The tests of WebGPU are SKIPPED: ${why}`)
    return why
  }
}
