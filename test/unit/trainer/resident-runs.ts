import { expect } from 'vitest'
import { AdapterSettings } from '../../../src/contract/settings.ts'
import { holdWeights } from '../../../src/engine/model/adapter/quantized-layers.ts'
import { firstAdapter } from '../../../src/engine/model/adapter/adapter.ts'
import { LayeredModel } from '../../../src/engine/model/layered-model.ts'
import type { ModelConfig } from '../../../src/engine/model/model-config.ts'
import { savedLayerBytes } from '../../../src/engine/model/saved-activations.ts'
import type { CompileProgram } from '../../../src/engine/onnx/compiled-program.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import { inlinePool } from '../../../src/engine/training/element-pool.ts'
import { layeredPass } from '../../../src/engine/training/gradient-pass.ts'
import { accumulateGradients } from '../../../src/engine/training/layered-gradients.ts'
import { buildMicroBatch } from '../../../src/engine/training/micro-batch.ts'
import {
  accumulateOnDevice,
  type ResidentGradients,
} from '../../../src/engine/training/resident-gradients.ts'
import { ResidentTrainingState } from '../../../src/engine/training/resident-state.ts'
import { HostTrainingState, type TrainingState } from '../../../src/engine/training/training-state.ts'
import { randomWeights, tinyLlama } from '../scoring/random-llama.ts'
import { eosIds, mixedRows, settings } from './training-run.ts'

/** What is trained, in every form that the device must serve. */
export interface TrainedForm {
  name: string
  config: ModelConfig
  /** null: all weights. */
  adapter: { baseWeights: AdapterSettings['baseWeights']; dropout: number } | null
}

const adapted = (baseWeights: AdapterSettings['baseWeights'], dropout = 0): TrainedForm['adapter'] => ({
  baseWeights,
  dropout,
})

export const trainedForms: TrainedForm[] = [
  { name: 'all weights, a head of its own', config: { ...tinyLlama, tiedEmbeddings: false }, adapter: null },
  {
    name: 'all weights, a tied head, scaled embeddings, norms everywhere',
    config: {
      ...tinyLlama,
      tiedEmbeddings: true,
      embeddingScale: 3,
      queryKeyNorm: true,
      sandwichNorms: true,
      normOffset: 1,
    },
    adapter: null,
  },
  {
    name: 'all weights, biases and fused matrices',
    config: { ...tinyLlama, fusedProjections: true, biases: { qkv: true, o: true, mlp: true } },
    adapter: null,
  },
  { name: 'an adapter', config: tinyLlama, adapter: adapted('f32') },
  { name: 'an adapter with dropout', config: tinyLlama, adapter: adapted('f32', 0.3) },
  { name: 'an adapter on an int8 base', config: tinyLlama, adapter: adapted('int8') },
  { name: 'an adapter on an NF4 base', config: tinyLlama, adapter: adapted('int4') },
]

export function modelOf(
  { config, adapter: form }: TrainedForm,
  options: { compile?: CompileProgram; resident?: boolean } = {},
): LayeredModel {
  const weights = randomWeights(config, 5)
  if (!form) return new LayeredModel(config, weights, 1, options)
  const adapter = firstAdapter(config, AdapterSettings.parse({ rank: 2, dropout: form.dropout }))
  for (const [name, { data }] of adapter.tensors)
    if (name.includes('lora_B')) data.forEach((_x, i) => (data[i] = 0.1 * Math.sin(i + name.length)))
  const source = { read: (name: string) => weights.get(name)! } as Parameters<
    typeof holdWeights
  >[0]['weights']
  const { parameters, quantized } = holdWeights({ config, weights: source }, form.baseWeights)
  return new LayeredModel(config, parameters, 1, { ...options, adapter, quantized })
}

const opponent = {
  real: new Float32Array(14).fill(-9),
  generated: new Float32Array(14).fill(-8),
  realEos: new Float32Array(14),
}
/** Two micro-batches of one step: pairs and rows for the anchor alone. */
export const micros = [
  [0, 1, 2],
  [4, 5],
].map((rows) =>
  buildMicroBatch(
    rows,
    mixedRows,
    opponent,
    { rows: 5, realTokens: 20 },
    settings({ nllWeight: 0.5, microBatch: 3 }),
    eosIds,
  ),
)
const dropoutOf = ({ adapter }: TrainedForm, microBatch: number) =>
  adapter && adapter.dropout > 0 ? { seed: 3, step: 7, microBatch } : null
/** Of the first layers none, of the last one all activations: both programs are used. */
const savedBytes = (config: ModelConfig): number =>
  Math.max(...micros.map(({ batch }) => savedLayerBytes(config, batch.tokenRows)))

/** Gradients of a step by the processor, all arrays. */
export async function hostGradients(form: TrainedForm) {
  const model = modelOf(form)
  const into = new Map([...model.trainable].map(([name, { length }]) => [name, new Float32Array(length)]))
  const losses: number[] = []
  for (const [i, { batch, terms }] of micros.entries()) {
    const options = { isFirst: i === 0, dropout: dropoutOf(form, i), savedBytes: savedBytes(form.config) }
    losses.push((await accumulateGradients(model, batch, terms, into, options)).loss)
  }
  await model.release()
  return { losses, gradients: into }
}

/** The same on a device. */
export async function deviceGradients(form: TrainedForm, compile: CompileProgram) {
  const model = modelOf(form, { compile, resident: true })
  const sums: ResidentGradients = new Map()
  const losses: number[] = []
  for (const [i, { batch, terms }] of micros.entries()) {
    const options = { dropout: dropoutOf(form, i), savedBytes: savedBytes(form.config) }
    losses.push((await accumulateOnDevice(model, batch, terms, sums, options)).loss)
  }
  const gradients = new Map<string, Float32Array>()
  for (const [name, sum] of sums) {
    gradients.set(name, (await model.resident!.memory.download(sum)) as Float32Array)
    sum.dispose()
  }
  await model.release()
  return { losses, gradients }
}

export const hostState = (model: LayeredModel, optimizer: object): TrainingState =>
  new HostTrainingState(
    model,
    layeredPass(model),
    inlinePool,
    settings({ optimizer: { lr: 1e-3, ...optimizer } }).optimizer,
  )
export const deviceState = (model: LayeredModel, optimizer: object): TrainingState =>
  new ResidentTrainingState(model, settings({ optimizer: { lr: 1e-3, ...optimizer } }).optimizer)

/** Steps of a training, its gradient norms, and then the weights and moments. */
export async function stepsOf(
  form: TrainedForm,
  open: typeof hostState,
  optimizer: object,
  steps: number,
  options: { compile?: CompileProgram; resident?: boolean; onStep?: (step: number) => void } = {},
) {
  const model = modelOf(form, options)
  const state = open(model, optimizer)
  const norms: number[] = []
  for (let step = 0; step < steps; step++) {
    for (const [i, { batch, terms }] of micros.entries())
      await state.accumulate(batch, terms, { isFirst: i === 0 })
    norms.push(await state.gradientNorm())
    await state.update(1e-3, 0.5)
    options.onStep?.(step)
  }
  await state.toModel()
  const moments = new Map([...(await state.optimizerState())].map(([name, data]) => [name, data.slice()]))
  await state.release()
  await model.release()
  return { norms, weights: model.trainable, moments }
}

export const onProcessor = { compile: Program.compile, resident: true } as const

type Numbers = ReadonlyMap<string, ArrayLike<number>>

/** Every number of every tensor, to a share of its tensor's largest. */
export function expectClose(found: Numbers, expected: Numbers, share: number): void {
  expect([...found.keys()].toSorted()).toEqual([...expected.keys()].toSorted())
  for (const [name, tensor] of expected) {
    const numbers = Array.from(tensor)
    const limit = share * Math.max(...numbers.map(Math.abs))
    const distance = Math.max(...numbers.map((value, i) => Math.abs(found.get(name)![i]! - value)))
    expect(distance, name).toBeLessThanOrEqual(limit)
  }
}
