import type { GenerationSettings, TrainingSettings } from '../../contract/settings.ts'
import { blockSize } from '../model/adapter/quantized-matrix.ts'
import type { ModelConfig } from '../model/model-config.ts'
import { layerLinears, layerWeights } from '../model/weight-names.ts'
import { sizeOf } from '../tensor/shape-rules.ts'
import { optimizerStateBytes } from '../training/optimizer-state.ts'

/**
 * What one more layer holds in memory, by count: arrays whose sizes are known need no measuring, and the difference of two
 * measured peaks would multiply its noise by the number of layers.
 */

/** Weights in the form they are held, gradients and optimizer state of what is trained, and the layer's input [T, D]. */
export function trainingLayerBytes(
  config: ModelConfig,
  { adapter, optimizer }: TrainingSettings,
  tokenRows: number,
): number {
  const weights = layerWeights(config).map(({ name, shape }) => ({ name, length: sizeOf(shape) }))
  const numbers = weights.reduce((sum, { length }) => sum + length, 0)
  const matrices = layerLinears(config).reduce((sum, { out, input }) => sum + out * input, 0)
  const codeBytes = { f32: 4, int8: 1 + 4 / blockSize, int4: 0.5 + 4 / blockSize }
  const trained = adapter
    ? layerLinears(config).map(({ name, out, input }) => ({ name, length: adapter.rank * (out + input) }))
    : weights
  const trainedNumbers = trained.reduce((sum, { length }) => sum + length, 0)
  return (
    codeBytes[adapter?.baseWeights ?? 'f32'] * matrices +
    4 * (numbers - matrices) +
    (adapter ? 4 * trainedNumbers : 0) +
    4 * trainedNumbers +
    optimizerStateBytes(optimizer, trained) +
    4 * tokenRows * config.hidden
  )
}

/**
 * Weights as the file's mapped pages and as the runtime's packed copy (of 16-bit files with the copy that the cast makes
 * while the program is built), and the cache.
 */
export function generationLayerBytes(
  config: ModelConfig,
  { batchSize }: Pick<GenerationSettings, 'batchSize'>,
  { positions, is16Bit }: { positions: number; is16Bit: boolean },
): number {
  const numbers = layerWeights(config).reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const cache = 4 * 2 * Math.max(2, batchSize) * config.kvHeads * config.headDim * positions
  return (is16Bit ? 7.2 : 8) * numbers + cache
}
