import type { ModelConfig } from '../model/model-config.ts'

/**
 * All layers of a kind do the same work, so a model cut to one and to two layers tells what every further one costs:
 * figure(L) = figure(1) + (L − 1)·(figure(2) − figure(1)).
 */
export function cutLayers(config: ModelConfig, layers: number): ModelConfig {
  // The kinds that are most frequent in the model stand for all of them.
  const kinds = [...config.kindOfLayer].toSorted(
    (a, b) => count(config.kindOfLayer, b) - count(config.kindOfLayer, a),
  )
  return { ...config, layers, kindOfLayer: kinds.slice(0, layers) }
}

const count = (values: readonly number[], value: number): number => values.filter((x) => x === value).length

/** The line through the figures of one and of two layers, at the model's own number of layers. */
export function atAllLayers(one: number, two: number, layers: number): number {
  return one + (layers - 1) * Math.max(0, two - one)
}
