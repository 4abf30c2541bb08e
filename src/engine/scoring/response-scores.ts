import { decoderHead } from '../model/decoder-layer.ts'
import type { LayeredModel } from '../model/layered-model.ts'
import type { TokenBatch } from '../model/token-batch.ts'
import { finalNormName, headName } from '../model/weight-names.ts'
import * as t from '../tensor/build.ts'
import { Graph } from '../tensor/graph.ts'

/** The rows of a batch whose logits predict response tokens: rows of the flat batch [T] and the tokens they predict. */
export interface ResponseRows {
  rowIndex: Int32Array // [R]
  targetIds: Int32Array // [R]
}

/**
 * Log-probs of response tokens [R], the head run on those rows only: a prompt's rows never meet the vocabulary
 * (−5 % time and −200 MB at SmolLM2-135M shapes).
 */
export async function tokenLogProbs(
  model: LayeredModel,
  batch: TokenBatch,
  { rowIndex, targetIds }: ResponseRows,
): Promise<Float32Array> {
  const x = await model.lastHiddenState(batch)
  const { config } = model
  const { tokenRows: tokens } = batch
  const rows = rowIndex.length
  const program = await model.programs.get(`score ${tokens} ${rows}`, () => {
    const graph = new Graph()
    const hidden = graph.input('x', 'f32', [tokens, config.hidden])
    const picked = t.gatherRows(hidden, graph.input('rowIndex', 'i32', [rows]))
    const logits = decoderHead(
      config,
      picked,
      graph.input('finalNorm', 'f32', [config.hidden]),
      graph.input('head', 'f32', [config.vocab, config.hidden]),
    )
    graph.output('logp', t.tokenLogProb(logits, graph.input('targetIds', 'i32', [rows])))
    return graph
  })
  const { logp } = await program.run({
    x,
    rowIndex,
    targetIds,
    finalNorm: model.weight(finalNormName),
    head: model.weight(headName(config)),
  })
  return logp as Float32Array
}
