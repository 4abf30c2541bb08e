import type { GenerationSettings, TrainingSettings } from '../../contract/settings.ts'
import { blockSize } from '../model/adapter/quantized-matrix.ts'
import { refillTokens } from '../generation/decode-job.ts'
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

/** Bytes a weight of the layers in the runtime's packed copy: 4.0 in wide matrices, 4.4 in those of 576 columns (measured). */
const packedBytes = 4.4
/** What refills computed waits for the collector: as many of them at once (measured). */
const uncollectedRefills = 3

/**
 * The packed weights, the cache, and the keys and values that refills added to it. The file's own pages are given back as its
 * matrices are packed, so they count for nothing, and neither do 16 bits and their cast.
 * Measured on 1 to 30 layers of 135M, 1 to 10 of 10M, and 1 to 6 of 1.5 B's shapes, of 32 and of 16 bits.
 */
export function generationLayerBytes(
  config: ModelConfig,
  { batchSize }: Pick<GenerationSettings, 'batchSize'>,
  { positions, longestPrompt }: { positions: number; longestPrompt: number },
): number {
  const numbers = layerWeights(config).reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const tokenBytes = 4 * 2 * config.kvHeads * config.headDim // its key and value
  const cached = Math.max(2, batchSize) * positions
  const refilled = Math.max(refillTokens(config), longestPrompt)
  return packedBytes * numbers + tokenBytes * (cached + uncollectedRefills * refilled)
}
