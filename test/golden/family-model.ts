import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { openAdapter } from '../../src/engine/model/adapter/adapter-folder.ts'
import { parseAdapterConfig } from '../../src/engine/model/adapter/adapter-config.ts'
import { parseModelConfig } from '../../src/engine/model/families/index.ts'
import { LayeredModel } from '../../src/engine/model/layered-model.ts'
import { openSafetensors } from '../../src/engine/model/safetensors.ts'
import { modelWeights } from '../../src/engine/model/weight-names.ts'

/** Numbers made by make/family_goldens.py; its docstring says what each file holds. */
export interface FamilyGolden {
  versions: Record<string, string>
  eosIds: number[]
  /** Logits [S, V] of these sequences are in logits.safetensors under the same names. */
  logits: { name: string; tokenIds: number[] }[]
  greedy: { promptIds: number[]; tokens: number[]; contextLength: number; smallestGap: number }[]
  pairs: FamilyPair[]
  preferences: FamilyPair[]
  runs: Record<'full' | 'lora' | 'dpo', FamilyRun>
  float32Noise: Record<string, number>
}

export interface FamilyPair {
  promptIds: number[]
  realIds: number[]
  generatedIds: number[]
}

export interface FamilyRun {
  rows: 'pairs' | 'preferences'
  beta: number
  weightDecay: number
  lr: number
  warmupSteps: number
  steps: number
  clipNorm: number
  /** Tokens of the batch's longest sequence. */
  contextLength: number
  perStep: { loss: number; margin: number; gradNorm: number; lr: number }[]
}

const root = join(import.meta.dirname, 'families')

export const familyNames = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

export const familyPath = (name: string, file: string): string => join(root, name, file)

export const readFamilyJson = (name: string, file: string): unknown =>
  JSON.parse(readFileSync(familyPath(name, file), 'utf8'))

export const readFamilyGolden = (name: string): FamilyGolden =>
  readFamilyJson(name, 'golden.json') as FamilyGolden

/** Fresh arrays each time: training changes them. */
export function openFamily(name: string, contextLength: number) {
  const config = parseModelConfig(readFamilyJson(name, 'model/config.json'), { contextLength })
  const weights = openSafetensors(familyPath(name, 'model/model.safetensors'))
  const parameters = new Map(modelWeights(config).map(({ name: weight }) => [weight, weights.read(weight)]))
  return { config, weights, parameters, model: new LayeredModel(config, parameters, 1) }
}

/** The same with the adapter that LoRA training starts from. */
export async function openAdaptedFamily(name: string, contextLength: number) {
  const { config, parameters } = openFamily(name, contextLength)
  const folder = familyPath(name, 'adapter')
  const json = z.record(z.string(), z.unknown()).parse(readFamilyJson(name, 'adapter/adapter_config.json'))
  const adapter = await openAdapter(folder, parseAdapterConfig(json, folder), config)
  return { config, parameters, adapter, model: new LayeredModel(config, parameters, 1, { adapter }) }
}
