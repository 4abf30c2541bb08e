import { readFileSync } from 'node:fs'
import { LayeredModel } from '../../src/engine/model/layered-model.ts'
import { parseModelConfig } from '../../src/engine/model/families/index.ts'
import { openSafetensors } from '../../src/engine/model/safetensors.ts'
import { modelWeights } from '../../src/engine/model/weight-names.ts'
import { goldenPath, type GoldenVariant, readGolden } from './read-golden.ts'

/** A golden model with its reference numbers; `weightsFile` picks the opponent instead. */
export function openGoldenModel(variant: GoldenVariant, weightsFile = 'model/model.safetensors') {
  const golden = readGolden(variant)
  const config = parseModelConfig(JSON.parse(readFileSync(goldenPath(variant, 'model/config.json'), 'utf8')))
  const weights = openSafetensors(goldenPath(variant, weightsFile))
  const parameters = new Map(modelWeights(config).map(({ name }) => [name, weights.read(name)]))
  return {
    golden,
    config,
    weights,
    parameters,
    eosIds: golden.eosIds,
    model: new LayeredModel(config, parameters, 1),
  }
}
