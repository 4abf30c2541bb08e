import type { ModelConfig } from '../src/engine/model/model-config.ts'
import { layerWeights } from '../src/engine/model/weight-names.ts'
import { sizeOf } from '../src/engine/tensor/shape-rules.ts'

// H heads, hd head size, V vocab, D hidden.

/** Weights of one layer's matrices; a token costs two FLOPs for each. */
const layerMatrixSize = (config: ModelConfig): number =>
  layerWeights(config).reduce((sum, { shape }) => sum + (shape.length === 2 ? sizeOf(shape) : 0), 0)

/** What a pass has to do: tokens through the layers, scores (query × key) in attention, response rows in the head. */
export interface Work {
  tokens: number
  scores: number
  rows: number
}

/**
 * A prompt of p tokens and its answers: the prompt's tokens but the last once, a row for every answer token. A token's
 * scores are those with itself and the tokens before it; what the kernels compute beyond them counts as nothing.
 */
export function answersWork(promptTokens: number, answers: readonly number[]): Work {
  const shared = promptTokens - 1
  const rows = answers.reduce((sum, n) => sum + n, 0)
  const triangle = (n: number) => (n * (n + 1)) / 2
  return {
    tokens: shared + rows,
    scores: triangle(shared) + answers.reduce((sum, n) => sum + n * shared + triangle(n), 0),
    rows,
  }
}

export const totalWork = (parts: readonly Work[]): Work =>
  parts.reduce((sum, { tokens, scores, rows }) => ({
    tokens: sum.tokens + tokens,
    scores: sum.scores + scores,
    rows: sum.rows + rows,
  }))

/** All layers over the tokens, q·kᵀ and weights·v, the head over the response rows. Elementwise work counts as nothing. */
export function forwardFlops(config: ModelConfig, { tokens, scores, rows }: Work): number {
  const { layers, heads, headDim, vocab, hidden } = config
  return (
    2 * layers * (layerMatrixSize(config) * tokens + 2 * heads * headDim * scores) + 2 * vocab * hidden * rows
  )
}

/**
 * Forward 1, backward 2 (gradients of inputs and of weights), and the layers' forward again but for down_proj, whose
 * output no gradient looks at: only the layers' inputs are kept.
 */
export function trainingFlops(config: ModelConfig, work: Work): { done: number; withoutRecompute: number } {
  const withoutRecompute = 3 * forwardFlops(config, work)
  const layersAgain = forwardFlops(config, { ...work, rows: 0 })
  const downProjections = 2 * config.layers * config.hidden * config.ffn * work.tokens
  return { done: withoutRecompute + layersAgain - downProjections, withoutRecompute }
}

/** One new token of every row: all matrices and the head; the few products with the cache are left out. */
export const decodeStepFlops = (config: ModelConfig, batch: number): number =>
  2 * batch * (config.layers * layerMatrixSize(config) + config.vocab * config.hidden)

/** Bytes of float32 weights that one decode step must read. */
export const decodeStepBytes = (config: ModelConfig): number =>
  4 * (config.layers * layerMatrixSize(config) + config.vocab * config.hidden)
