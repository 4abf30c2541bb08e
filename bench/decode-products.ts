import { basename, dirname } from 'node:path'
import { openSafetensors } from '../src/engine/model/safetensors.ts'
import { headName, layerPrefix } from '../src/engine/model/weight-names.ts'
import { Program } from '../src/engine/onnx/program.ts'
import * as t from '../src/engine/tensor/build.ts'
import { Graph, type Value } from '../src/engine/tensor/graph.ts'
import type { ModelShape } from './random-model.ts'

/**
 * A decode step's matrices and next to nothing else: what a step could reach if attention, norms and sampling took no time.
 * The same weights from the same file, packed as the decoder's are; each layer reads what the one before it made, as in
 * the model. Input x [B, D]; the output is one number a row of what nothing else reads.
 */
export function decodeProducts({ config }: ModelShape, path: string, threads: number): Promise<Program> {
  const graph = new Graph()
  const { tensors } = openSafetensors(path)
  const product = (x: Value, name: string) => {
    const { shape, begin, end } = tensors.get(name)!
    const place = { dtype: 'f32', shape, file: basename(path), offset: begin, bytes: end - begin } as const
    return t.gemm(x, graph.apply({ kind: 'External', name, ...place }), { transB: true })
  }
  const unread: Value[] = []
  let x = graph.input('x', 'f32', [-1, config.hidden])
  for (let layer = 0; layer < config.layers; layer++) {
    const linear = (input: Value, module: string) => product(input, `${layerPrefix(layer)}${module}.weight`)
    unread.push(linear(x, 'self_attn.k_proj'), linear(x, 'self_attn.v_proj'))
    x = linear(linear(x, 'self_attn.q_proj'), 'self_attn.o_proj')
    unread.push(linear(x, 'mlp.up_proj'))
    x = linear(linear(x, 'mlp.gate_proj'), 'mlp.down_proj')
  }
  const all = [...unread, product(x, headName(config))]
  const firsts = all.map((value) => t.slice(value, 1, 0, 1))
  graph.output('firsts', t.concat(firsts, 1))
  return Program.compile(graph, { threads, weightsFolder: dirname(path) })
}
