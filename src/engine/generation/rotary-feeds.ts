import type { ModelConfig } from '../model/model-config.ts'
import { rotaryTable } from '../model/rotary-table.ts'
import type { ShapedData } from '../onnx/compiled-program.ts'

/** The rotary tables of every kind of layer for positions 0…length−1, by the names that programs give them: cos0, sin0 … */
export function rotaryFeeds({ layerKinds }: ModelConfig, length: number): Record<string, ShapedData> {
  const feeds: Record<string, ShapedData> = {}
  for (const [i, { rope }] of layerKinds.entries()) {
    const { cos, sin } = rotaryTable(rope, length)
    const shape = [length, rope.inverseFrequencies.length]
    feeds[`cos${i}`] = { data: Float32Array.from(cos), shape }
    feeds[`sin${i}`] = { data: Float32Array.from(sin), shape }
  }
  return feeds
}
