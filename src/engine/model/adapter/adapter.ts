import type { AdapterSettings } from '../../../contract/settings.ts'
import { AppError } from '../../../contract/errors.ts'
import { hash32 } from '../../tensor/random.ts'
import type { ModelConfig } from '../model-config.ts'
import type { Weight } from '../safetensors.ts'
import { layerLinears, layerPrefix, type LinearSpec } from '../weight-names.ts'

/**
 * Low-rank adaptation (Hu et al. 2021) as PEFT computes it (peft/tuners/lora/layer.py, `Linear.forward`):
 * y = W·x (+ bias) + scale·B·(A·dropout(x)), W frozen, A [r, in], B [out, r].
 */
export interface Adapter extends AdapterShape {
  /** As adapter_config.json states it; with `rsLora` scale = alpha / √rank, else alpha / rank. */
  alpha: number
  rsLora: boolean
  /** How the frozen matrices of the layers are held: what the adapter was trained on is what it is used with. */
  baseWeights: AdapterSettings['baseWeights']
  /** A and B of every layer by PEFT's names; training updates them in place. */
  tensors: ReadonlyMap<string, Weight>
}

/** What a layer's graph needs to know of an adapter: the same for all layers. */
export interface AdapterShape {
  rank: number
  scale: number
  /** Share of the inputs of A that training sets to 0; the others are divided by 1 − dropout. */
  dropout: number
  /** By name within a layer ("self_attn.q_proj"), in the layer's order. */
  modules: readonly string[]
}

/** "self_attn.q_proj" → the names of its A and B within a layer. */
export const lowRankNames = (module: string): { a: string; b: string } => ({
  a: `${module}.lora_A.weight`,
  b: `${module}.lora_B.weight`,
})
/** What PEFT puts before the names of a layer's adapter tensors. */
export const adapterPrefix = (layer: number): string => `base_model.model.${layerPrefix(layer)}`

export const adapterScale = (rank: number, alpha: number, rsLora: boolean): number =>
  alpha / (rsLora ? Math.sqrt(rank) : rank)

const allLinear = 'all-linear'

/**
 * The matrices that a list of targets means: each is the last part or parts of a module's name, as in PEFT;
 * `all-linear` is every matrix of the layers. Throws BAD_INPUT for a target that this model does not have.
 */
function adapterModules(config: ModelConfig, targets: readonly string[]): string[] {
  const modules = layerLinears(config).map(({ name }) => name)
  if (targets.includes(allLinear)) return modules
  const isMeant = (module: string, target: string) => module === target || module.endsWith(`.${target}`)
  for (const target of targets) {
    if (modules.some((module) => isMeant(module, target))) continue
    const names = modules.map((module) => module.slice(module.lastIndexOf('.') + 1)).join(', ')
    throw new AppError(
      'BAD_INPUT',
      `This model's layers have no matrix "${target}" for an adapter to attach to. Expected ${allLinear} or some of ${names}.`,
      { target },
    )
  }
  return modules.filter((module) => targets.some((target) => isMeant(module, target)))
}

/** The matrices of a layer that an adapter is attached to. */
export const adaptedLinears = (
  config: ModelConfig,
  { modules }: Pick<AdapterShape, 'modules'>,
): LinearSpec[] => layerLinears(config).filter(({ name }) => modules.includes(name))

/** Every tensor of an adapter with its shape, layer by layer. */
export function adapterTensors(
  config: ModelConfig,
  adapter: Pick<AdapterShape, 'modules' | 'rank'>,
): Map<string, number[]> {
  const shapes = new Map<string, number[]>()
  for (let layer = 0; layer < config.layers; layer++) {
    for (const { name, out, input } of adaptedLinears(config, adapter)) {
      const { a, b } = lowRankNames(name)
      shapes.set(adapterPrefix(layer) + a, [adapter.rank, input])
      shapes.set(adapterPrefix(layer) + b, [out, adapter.rank])
    }
  }
  return shapes
}

/**
 * A first adapter, which changes nothing: B = 0, A uniform in ±1/√in (kaiming_uniform with a = √5, as PEFT). Every number
 * is a hash of the seed, the tensor's name and its place.
 */
export function firstAdapter(config: ModelConfig, settings: AdapterSettings): Adapter {
  const { rank, alpha, dropout, baseWeights, seed } = settings
  const shape: AdapterShape = {
    rank,
    scale: adapterScale(rank, alpha, false),
    dropout,
    modules: adapterModules(config, settings.targetModules),
  }
  const tensors = new Map(
    [...adapterTensors(config, shape)].map(([name, size]): [string, Weight] => {
      const data = new Float32Array(size[0]! * size[1]!)
      if (name.includes('.lora_A.')) {
        const key = hash32(seed, name)
        const bound = 1 / Math.sqrt(size[1]!)
        for (let i = 0; i < data.length; i++) data[i] = bound * ((2 * (hash32(key, i) + 0.5)) / 2 ** 32 - 1)
      }
      return [name, { shape: size, data }]
    }),
  )
  return { ...shape, alpha, rsLora: false, baseWeights, tensors }
}

/**
 * The adapter of the iteration before, trained on. Throws BAD_INPUT where the settings ask for another shape: its
 * numbers would mean something else.
 */
export function continuedAdapter(config: ModelConfig, adapter: Adapter, settings: AdapterSettings): Adapter {
  const wanted = adapterModules(config, settings.targetModules)
  const differences = [
    ['rank', adapter.rank, settings.rank],
    ['alpha', adapter.alpha, settings.alpha],
    ['targetModules', adapter.modules.join(', '), wanted.join(', ')],
  ].filter(([, found, asked]) => found !== asked)
  if (differences.length > 0) {
    const [name, found, asked] = differences[0]!
    throw new AppError(
      'BAD_INPUT',
      `The start model has an adapter of ${name} ${found}, and the settings ask for ${asked}. An adapter is trained on as ` +
        'it is: set the same rank, alpha and target modules, or export the start model (which merges its adapter) and ' +
        'begin a new one.',
      { setting: name!, found: found!, expected: asked! },
    )
  }
  // Copies: the opponent's numbers stay what they are.
  const tensors = new Map(
    [...adapter.tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
  )
  return { ...adapter, tensors, dropout: settings.dropout, baseWeights: settings.baseWeights }
}
