import type { ModelConfig } from '../model/model-config.ts'
import { parameterCount } from '../model/weight-names.ts'

/**
 * All layers of a kind do the same work, so a model cut to one and to `deepest` layers tells what every further one costs:
 * figure(L) = figure(1) + (L − 1)·(figure(deepest) − figure(1))/(deepest − 1). What the two figures are off by is multiplied by
 * (L − 1)/(deepest − 1), so small models, where a layer costs little, are cut less.
 */
export function deepestCut(config: ModelConfig): number {
  const wanted = parameterCount(config) > 1e9 ? 2 : parameterCount(config) > 5e7 ? 3 : 4
  return Math.min(config.layers, wanted)
}

export function cutLayers(config: ModelConfig, layers: number): ModelConfig {
  // The kinds that are most frequent in the model stand for all of them.
  const kinds = [...config.kindOfLayer].toSorted(
    (a, b) => count(config.kindOfLayer, b) - count(config.kindOfLayer, a),
  )
  return { ...config, layers, kindOfLayer: kinds.slice(0, layers) }
}

const count = (values: readonly number[], value: number): number => values.filter((x) => x === value).length

/** The line through the figures of one and of `deepest` layers, at the model's own number of layers. */
export function atAllLayers(one: number, many: number, layers: number, deepest: number): number {
  return deepest === 1 ? one : one + ((layers - 1) / (deepest - 1)) * Math.max(0, many - one)
}
