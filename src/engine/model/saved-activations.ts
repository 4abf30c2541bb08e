import * as t from '../tensor/build.ts'
import type { Value } from '../tensor/graph.ts'
import { DeviceTensor } from '../onnx/device-tensor.ts'
import { isHalf } from '../tensor/half-floats.ts'
import type { Attend, LayerWeights } from './decoder-layer.ts'
import type { ModelConfig } from './model-config.ts'

// T rows, D hidden, F ffn, H heads, Hkv key heads, hd numbers a head.

/**
 * What forward passes leave for the backward passes of their layers, so that these need not run a layer's matrices
 * again: the outputs of its linear modules and of attention (scores and norms are recomputed, they cost little). Where
 * the memory does not hold all layers, the last ones are saved: the backward pass frees them first.
 * Measured at 135M and 1.5B shapes: a layer's two passes take 13 % less time, 18 to 23 % beside an adapter.
 */
export class SavedActivations {
  private readonly firstLayer: number
  private readonly layers = new Map<number, Activations>()

  constructor(config: ModelConfig, tokenRows: number, memoryBytes: number) {
    this.firstLayer = config.layers - Math.floor(memoryBytes / savedLayerBytes(config, tokenRows))
  }

  /** Whether a layer's forward pass shall leave its activations. */
  wants(layer: number): boolean {
    return layer >= this.firstLayer
  }

  put(layer: number, activations: Activations): void {
    this.layers.set(layer, activations)
  }

  /** A layer's activations, which are then forgotten; null = recompute. */
  take(layer: number): Activations | null {
    const activations = this.layers.get(layer) ?? null
    this.layers.delete(layer)
    return activations
  }

  /** Frees what lies on the device and was not taken. */
  dispose(): void {
    for (const activations of this.layers.values())
      for (const value of Object.values(activations)) if (value instanceof DeviceTensor) value.dispose()
    this.layers.clear()
  }
}

/** By the names of `recording`. */
export type Activations = Record<string, Float32Array | DeviceTensor>

/** Bytes of one layer's activations for T rows. */
export function savedLayerBytes(config: ModelConfig, tokenRows: number): number {
  const { hidden, heads, kvHeads, headDim, ffn, sandwichNorms } = config
  const attention = (2 * heads + 2 * kvHeads) * headDim // q, k, v, and what attention mixed
  return 4 * tokenRows * (attention + hidden + 2 * ffn + (sandwichNorms ? hidden : 0))
}

/**
 * The same weights and attention, which note in `saved` what they compute, by names that no input of a layer has. The
 * output of down_proj is only looked at again where it is normed.
 */
export function recording(
  { sandwichNorms }: ModelConfig,
  weights: LayerWeights,
  attend: Attend,
): { weights: LayerWeights; attend: Attend; saved: Map<string, Value> } {
  const saved = new Map<string, Value>()
  const noted = (name: string, value: Value): Value => {
    // Only float32 crosses a program's edge; a half goes there and comes back as it was.
    const kept = isHalf(value.dtype) ? t.cast(value, 'f32') : value
    saved.set(`saved ${name}`, kept)
    return t.cast(kept, value.dtype)
  }
  return {
    weights: {
      linear(x, module) {
        const y = weights.linear(x, module)
        return module === 'mlp.down_proj' && !sandwichNorms ? y : noted(module, y)
      },
      norm: (module) => weights.norm(module),
    },
    attend: (q, k, v) => noted('attention', attend(q, k, v)),
    saved,
  }
}
