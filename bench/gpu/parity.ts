import { join } from 'node:path'
import { AdapterSettings, TrainingSettings } from '../../src/contract/settings.ts'
import { type Answer, Decoder, type Prompt } from '../../src/engine/generation/decoder.ts'
import type { GenerationDevice } from '../../src/engine/generation/step-model.ts'
import { firstAdapter } from '../../src/engine/model/adapter/adapter.ts'
import { holdWeights } from '../../src/engine/model/adapter/quantized-layers.ts'
import { llamaConfig } from '../../src/engine/model/families/llama.ts'
import { LayeredModel } from '../../src/engine/model/layered-model.ts'
import { openSafetensors } from '../../src/engine/model/safetensors.ts'
import { writeSafetensors } from '../../src/engine/model/write-safetensors.ts'
import type { CompileProgram } from '../../src/engine/onnx/compiled-program.ts'
import { scoreSequences } from '../../src/engine/scoring/sequence-logps.ts'
import { type GradientPass, layeredPass } from '../../src/engine/training/gradient-pass.ts'
import { buildMicroBatch } from '../../src/engine/training/micro-batch.ts'
import { AdapterPass } from '../../src/engine/training/whole-model/adapter-pass.ts'
import { FrozenWeights } from '../../src/engine/training/whole-model/frozen-weights.ts'
import { randomTokens, randomWeights } from '../random-model.ts'

/** One comparison with the processor; `found` within `allowed` passes. */
export interface Parity {
  what: string
  found: number
  allowed: number
  unit: string
  /** Why nothing could be compared: `found` is NaN. */
  error?: string
}

/** What is compared, and how far apart it may be. */
type Claim = Omit<Parity, 'found' | 'error'>

const shape = {
  name: 'parity',
  config: llamaConfig(
    { layers: 4, hidden: 256, heads: 8, kvHeads: 2, headDim: 32, ffn: 768, vocab: 4096 },
    { biases: { qkv: true, o: false, mlp: false } },
  ),
}
const { config } = shape

/**
 * The same graphs on the processor and on `compile`, in f32: answers, log-probs, gradients of all weights and of an adapter.
 * Bounds: sums of some hundred terms rounded to float32 (6e-8) in another order, through four layers. A comparison that
 * cannot be made has failed, and does not keep from the others.
 */
export async function* parity(
  dir: string,
  threads: number,
  { compile, device }: { compile: CompileProgram; device: GenerationDevice },
): AsyncGenerator<Parity> {
  const weights = randomWeights(shape)
  const path = join(dir, 'parity.safetensors')
  await writeSafetensors(path, weights, 'F32')
  const parameters = new Map([...weights].map(([name, { data }]) => [name, data]))
  const onHost = new LayeredModel(config, parameters, threads)
  const onDevice = new LayeredModel(config, parameters, threads, { compile })

  // As the product has it: what keeps no weights between two calls trains an adapter by one program.
  const isWhole = device.kind === 'loop'
  const adapted = async (baseWeights: 'f32' | 'int4') => {
    const file = openSafetensors(path)
    const held = holdWeights({ config, weights: file }, baseWeights)
    const adapter = firstAdapter(config, AdapterSettings.parse({ rank: 8, baseWeights }))
    for (const [name, { data }] of adapter.tensors)
      if (name.includes('lora_B')) for (const i of data.keys()) data[i] = 0.02 * Math.sin(i)
    const layered = (more: { compile?: CompileProgram }) =>
      new LayeredModel(config, held.parameters, threads, { adapter, quantized: held.quantized, ...more })
    const model = layered({})
    const pass = isWhole
      ? new AdapterPass({ config, adapter, weights: new FrozenWeights(file, held), threads, compile })
      : layeredPass(layered({ compile }))
    return worstGradient(model, layeredPass(model), pass)
  }
  yield* comparisons([
    [claims.answers, () => answers(path, threads, device)],
    [claims.logProbs, () => logProbs(onHost, onDevice)],
    [
      relative('gradients of all weights'),
      () => worstGradient(onHost, layeredPass(onHost), layeredPass(onDevice)),
    ],
    [relative('gradients of an adapter'), () => adapted('f32')],
    [relative('gradients of an adapter on an int4 base'), () => adapted('int4')],
  ])
}

const claims = {
  answers: { what: 'sampled answers of 64 tokens that differ, of 32', allowed: 6, unit: 'answers' },
  logProbs: { what: 'log-prob of a token, mean of an answer', allowed: 1e-5, unit: 'nats' },
} satisfies Record<string, Claim>
const relative = (what: string): Claim => ({
  what: `${what}, the worst tensor`,
  allowed: 1e-4,
  unit: 'relative',
})

async function* comparisons(made: [Claim, () => Promise<number>][]): AsyncGenerator<Parity> {
  for (const [claim, compare] of made) {
    try {
      yield { ...claim, found: await compare() }
    } catch (error) {
      const [said = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
      yield { ...claim, found: Number.NaN, error: said.slice(0, 300) }
    }
  }
}

/**
 * Rounding may decide between two tokens, after which an answer goes its own way. The processor adds up the weights of all 4,096
 * nearly equal tokens one after the other, a card in blocks, and their sums differ by some 1e-6: a uniform number falls between
 * the two about once in a thousand tokens, so 2 or 3 of the 32 answers differ (3 on Mesa's software Vulkan) and 6 may. A kernel
 * that is wrong changes them all.
 */
async function answers(path: string, threads: number, device: GenerationDevice): Promise<number> {
  const model = { config, eosIds: [3], weights: openSafetensors(path) }
  const settings = { temperature: 1, topK: 0, topP: 1, maxNewTokens: 64, batchSize: 8 }
  const prompts = Array.from({ length: 32 }, (_, i) => ({
    ids: randomTokens(4 + (i % 29), config.vocab, 50 + i),
    seed: i,
  }))
  const expected = await allAnswers(new Decoder(model, settings, threads), prompts)
  const found = await allAnswers(new Decoder(model, settings, threads, { device }), prompts)
  return expected.filter(({ ids }, i) => ids.join() !== found[i]!.ids.join()).length
}

async function allAnswers(decoder: Decoder, prompts: readonly Prompt[]): Promise<Answer[]> {
  const found: Answer[] = []
  for await (const { answered } of decoder.answers(prompts))
    for (const { index, answer } of answered) found[index] = answer
  await decoder.release()
  return found
}

async function logProbs(onHost: LayeredModel, onDevice: LayeredModel): Promise<number> {
  const sequences = Array.from({ length: 16 }, (_, i) => ({
    promptIds: randomTokens(8 + i, config.vocab, 2 * i),
    responseIds: randomTokens(12 + 3 * i, config.vocab, 2 * i + 1),
  }))
  const scores: { logp: number }[][] = []
  for (const model of [onHost, onDevice]) {
    const scoring = scoreSequences(model, sequences, { batchSize: 8, eosIds: [] })
    let next = await scoring.next()
    while (!next.done) next = await scoring.next()
    scores.push(next.value)
  }
  const [expected, found] = scores as [(typeof scores)[0], (typeof scores)[0]]
  const perToken = expected.map(
    ({ logp }, i) => Math.abs(logp - found[i]!.logp) / sequences[i]!.responseIds.length,
  )
  return Math.max(...perToken)
}

/** Of two passes over `model`'s trained tensors. */
async function worstGradient(
  model: LayeredModel,
  onHost: GradientPass,
  onDevice: GradientPass,
): Promise<number> {
  const pairs = 4
  const settings = TrainingSettings.parse({
    optimizer: { lr: 1e-7 },
    schedule: {},
    batchSize: pairs,
    microBatch: pairs,
    nllWeight: 0.1,
  })
  const tokens = (count: number, seed: number) => randomTokens(count, config.vocab, seed)
  const rows = Array.from({ length: pairs }, (_, i) => ({
    promptIds: tokens(24 + i, 3 * i),
    realIds: tokens(20 + i, 3 * i + 1),
    generatedIds: tokens(28 - i, 3 * i + 2),
  }))
  const opponent = {
    real: new Float32Array(pairs).fill(-150),
    generated: new Float32Array(pairs).fill(-150),
    realEos: new Float32Array(pairs).fill(Number.NaN),
  }
  const totals = { rows: pairs, realTokens: rows.reduce((sum, { realIds }) => sum + realIds.length, 0) }
  const { batch, terms } = buildMicroBatch([...rows.keys()], rows, opponent, totals, settings, [])
  const made = []
  for (const pass of [onHost, onDevice]) {
    const into = new Map([...model.trainable].map(([name, { length }]) => [name, new Float32Array(length)]))
    await pass.accumulate(batch, terms, into, { isFirst: true })
    await pass.release()
    made.push(into)
  }
  const [expected, found] = made as [Map<string, Float32Array>, Map<string, Float32Array>]
  const distances = [...expected].map(([name, of]) => relativeDistance(of, found.get(name)!))
  return Math.max(...distances)
}

/** ‖a − b‖ / ‖a‖ */
function relativeDistance(a: Float32Array, b: Float32Array): number {
  let [difference, size] = [0, 0]
  for (const [i, x] of a.entries()) {
    difference += (x - b[i]!) ** 2
    size += x * x
  }
  return size === 0 ? Math.sqrt(difference) : Math.sqrt(difference / size)
}
