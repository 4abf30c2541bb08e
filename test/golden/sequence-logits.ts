import { decoderHead } from '../../src/engine/model/decoder-layer.ts'
import type { LayeredModel } from '../../src/engine/model/layered-model.ts'
import { wholeSequences } from '../../src/engine/model/token-batch.ts'
import { finalNormName, headName } from '../../src/engine/model/weight-names.ts'
import { Program } from '../../src/engine/onnx/program.ts'
import type { CompileProgram } from '../../src/engine/onnx/compiled-program.ts'
import { Graph } from '../../src/engine/tensor/graph.ts'

/** All logits [S·V] of one sequence. */
export async function sequenceLogits(
  model: LayeredModel,
  tokenIds: readonly number[],
  compile: CompileProgram = Program.compile,
): Promise<Float32Array> {
  const { config } = model
  const length = tokenIds.length
  const x = await model.lastHiddenState(wholeSequences(1, length, Int32Array.from(tokenIds)))
  const graph = new Graph()
  const norm = graph.input('norm', 'f32', [config.hidden])
  const head = graph.input('head', 'f32', [config.vocab, config.hidden])
  graph.output('logits', decoderHead(config, graph.input('x', 'f32', [length, config.hidden]), norm, head))
  const program = await compile(graph, { threads: 1 })
  const { logits } = await program.run({
    x,
    norm: model.weight(finalNormName),
    head: model.weight(headName(config)),
  })
  await program.release()
  return logits as Float32Array
}
