import type { ModelConfig } from '../src/engine/model/model-config.ts'
import { layerWeights } from '../src/engine/model/weight-names.ts'
import { sizeOf } from '../src/engine/tensor/shape-rules.ts'

// B sequences, S padded length, R response rows, H heads, hd head size, V vocab, D hidden.

/** Weights of one layer's matrices; a token costs two FLOPs for each. */
const layerMatrixSize = (config: ModelConfig): number =>
  layerWeights(config).reduce((sum, { shape }) => sum + (shape.length === 2 ? sizeOf(shape) : 0), 0)

/** q·kᵀ and weights·v over the whole S × S square, as the kernels compute it: the causal half is not skipped. */
const attention = ({ layers, heads, headDim }: ModelConfig, batch: number, length: number): number =>
  layers * 2 * (2 * batch * heads * length * length * headDim)

export interface BatchSize {
  batch: number
  length: number
  rows: number
}

/** All layers over B·S tokens, the head over the R response rows. Elementwise work counts as nothing. */
export function forwardFlops(config: ModelConfig, { batch, length, rows }: BatchSize): number {
  return (
    2 * config.layers * layerMatrixSize(config) * batch * length +
    attention(config, batch, length) +
    2 * config.vocab * config.hidden * rows
  )
}

/**
 * Forward 1, backward 2 (gradients of inputs and of weights), and for the layers 1 more: they recompute their forward
 * pass, because only their inputs are kept.
 */
export function trainingFlops(
  config: ModelConfig,
  size: BatchSize,
): { done: number; withoutRecompute: number } {
  const once = forwardFlops(config, size)
  const recomputed = forwardFlops(config, { ...size, rows: 0 })
  return { done: 3 * once + recomputed, withoutRecompute: 3 * once }
}

/** One new token of every row: all matrices and the head; the few products with the cache are left out. */
export const decodeStepFlops = (config: ModelConfig, batch: number): number =>
  2 * batch * (config.layers * layerMatrixSize(config) + config.vocab * config.hidden)

/** Bytes of float32 weights that one decode step must read. */
export const decodeStepBytes = (config: ModelConfig): number =>
  4 * (config.layers * layerMatrixSize(config) + config.vocab * config.hidden)
