import { z } from 'zod'
import type { LayerKind, ModelConfig } from '../model-config.ts'
import { broken, type ConfigFields, unsupported } from './config-fields.ts'

const types = ['full_attention', 'sliding_attention'] as const

/**
 * Which layers see a window only: "layer_types" (transformers 5), or the family's rule where the file does not state it.
 * Throws MODEL_UNSUPPORTED for other types of layers ("chunked_attention", "linear_attention").
 */
export function readSlidingLayers(
  fields: ConfigFields,
  layers: number,
  rule: (layer: number) => boolean,
): boolean[] {
  const stated = fields.read('layer_types', z.array(z.string()).nullish())
  if (!stated) return Array.from({ length: layers }, (_, layer) => rule(layer))
  if (stated.some((type) => !(types as readonly string[]).includes(type)))
    throw unsupported('layer_types', stated, `layers of the types ${types.join(' and ')}`)
  if (stated.length !== layers) {
    throw broken(
      `expected "layer_types" to name the ${layers} layers of "num_hidden_layers"; found ${stated.length} names.`,
      { layers, found: stated.length },
    )
  }
  return stated.map((type) => type === 'sliding_attention')
}

/** The kinds that do occur, and the kind of every layer. Throws MODEL_BROKEN for a sliding layer without a window. */
export function layerKindsOf(
  sliding: readonly boolean[],
  kinds: { full: LayerKind; sliding: LayerKind },
): Pick<ModelConfig, 'layerKinds' | 'kindOfLayer'> {
  if (sliding.includes(true) && kinds.sliding.window === null)
    throw broken('some layers slide, but "sliding_window" is missing.')
  const present = [...new Set(sliding)]
  return {
    layerKinds: present.map((isSliding) => (isSliding ? kinds.sliding : kinds.full)),
    kindOfLayer: sliding.map((isSliding) => present.indexOf(isSliding)),
  }
}
