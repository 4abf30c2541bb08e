import { AdapterSettings } from '../../../src/contract/settings.ts'
import { type Adapter, firstAdapter } from '../../../src/engine/model/adapter/adapter.ts'
import type { ModelConfig } from '../../../src/engine/model/model-config.ts'
import { normals } from '../tensor/normals.ts'

export const adapterSettings = (overrides: object = {}): AdapterSettings =>
  AdapterSettings.parse({ rank: 3, alpha: 6, ...overrides })

/** An adapter whose B is not 0 any more: as after some training. */
export function trainedAdapter(config: ModelConfig, overrides: object = {}, size = 0.3, seed = 1): Adapter {
  const adapter = firstAdapter(config, adapterSettings(overrides))
  let at = seed * 1000
  for (const [name, { data }] of adapter.tensors)
    if (name.includes('lora_B')) data.set(normals(data.length, at++).map((x) => size * x))
  return adapter
}
