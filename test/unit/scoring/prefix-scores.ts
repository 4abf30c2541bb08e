import { LayeredModel } from '../../../src/engine/model/layered-model.ts'
import type { ModelConfig } from '../../../src/engine/model/model-config.ts'
import type { CompileProgram } from '../../../src/engine/onnx/compiled-program.ts'
import { layOutBranches } from '../../../src/engine/scoring/branch-layout.ts'
import { responseScores, type ResponseScores } from '../../../src/engine/scoring/response-scores.ts'
import { randomTokens, randomWeights, tinyLlama } from './random-llama.ts'

const [kind] = tinyLlama.layerKinds

/** Models whose answers continue a prefix, by what they see of it. */
export const prefixModels: [string, ModelConfig][] = [
  ['all tokens', tinyLlama],
  ['a window', { ...tinyLlama, layerKinds: [{ ...kind!, window: 12 }] }],
]

/** Scores of the first tokens of three answers that continue a prefix, whatever executes the programs. */
export async function prefixScores(config: ModelConfig, compile: CompileProgram): Promise<ResponseScores> {
  const tokens = (count: number, seed: number) => randomTokens(count, seed, config.vocab)
  const branches = [
    { prompt: tokens(7, 2), answers: [tokens(3, 3), tokens(5, 4)] },
    { prompt: [], answers: [tokens(9, 5)] },
  ]
  const model = new LayeredModel(config, randomWeights(config), 1, { compile })
  const prefix = await model.readPrefix(tokens(16, 1))
  const { batch, firstRows } = layOutBranches(branches, { prefixTokens: 16 })
  const rows = { rowIndex: Int32Array.from(firstRows.flat()), targetIds: Int32Array.of(4, 5, 6) }
  const scores = await responseScores(model, batch, rows, prefix)
  await model.release()
  return scores
}
