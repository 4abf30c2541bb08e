import { join } from 'node:path'
import { Decoder, type DecoderModel, type Prompt } from '../src/engine/generation/decoder.ts'
import { openSafetensors } from '../src/engine/model/safetensors.ts'
import { writeSafetensors } from '../src/engine/model/write-safetensors.ts'
import { hash32 } from '../src/engine/tensor/random.ts'
import { type Bench, bestOf, type Timing } from './bench.ts'
import { decodeProducts } from './decode-products.ts'
import { now } from './clock.ts'
import { figure, type Figure } from './figure.ts'
import { decodeStepBytes, decodeStepFlops } from './flop-count.ts'
import {
  type ModelShape,
  randomArray,
  randomTokens,
  randomWeights,
  smolShape,
  starterShape,
  tenMillionShape,
} from './random-model.ts'

const batchSizes = [1, 8, 16, 32]
const promptTokens = 16
const sampling = { temperature: 1, topK: 0, topP: 1 }

export async function* benchGeneration(bench: Bench): AsyncGenerator<Figure> {
  for (const shape of [starterShape, tenMillionShape, smolShape]) {
    yield* decodeSteps(bench, shape)
    if (shape !== starterShape) yield* productsAlone(bench, shape)
    yield* mixedLengths(bench, shape)
  }
}

/**
 * Decoding as the generate stage does it (sampling at temperature 1, no end before the cap). A run of one token is
 * taken off a run of many, so what is left is the loop: time per step, against the larger of two bounds: reading all
 * weights once, and the products of all rows at the GEMM rate.
 */
async function* decodeSteps(bench: Bench, shape: ModelShape): AsyncGenerator<Figure> {
  const { config, name } = shape
  await bench.machine.sampleBandwidth(2 ** 28, 3) // again: the bound belongs to this moment
  const path = join(bench.scratchDir, `${name}.safetensors`)
  await writeSafetensors(path, randomWeights(shape), 'F32')
  const steps = bench.quick ? 16 : shape === starterShape ? 64 : 32
  for (const batch of batchSizes) {
    const time = async (maxNewTokens: number): Promise<Timing> => {
      // −1 is no token's id: random weights must not end an answer early.
      const model = { config, eosIds: [-1], weights: openSafetensors(path) }
      const decoder = new Decoder(model, { ...sampling, maxNewTokens, batchSize: batch }, bench.threads)
      const prompts: Prompt[] = Array.from({ length: batch }, (_, b) => ({
        ids: randomTokens(promptTokens, config.vocab, b),
        seed: b,
      }))
      const timing = await bestOf(bench, () => tokensMade(decoder, prompts))
      await decoder.release()
      return timing
    }
    const first = await time(1)
    const all = await time(1 + steps)
    const stepMs = (all.bestMs - first.bestMs) / steps
    const gemm = Math.max(first.gemm, all.gemm)
    const memoryMs = decodeStepBytes(config) / bench.machine.bandwidth / 1e6
    const productsMs = decodeStepFlops(config, batch) / gemm / 1e6
    yield figure('generation', {
      name: `${name}, batch ${batch}`,
      value: (batch / stepMs) * 1000,
      unit: 'tokens/s',
      spread: all.spread,
      samples: all.samples,
      ratio: Math.max(memoryMs, productsMs) / stepMs,
      bound:
        memoryMs > productsMs
          ? `memory ${bench.machine.bandwidth.toFixed(1)} GB/s`
          : `GEMM ${gemm.toFixed(0)} GFLOP/s`,
      note: `${stepMs.toFixed(2)} ms/step, bounds ${memoryMs.toFixed(2)} (memory) and ${productsMs.toFixed(2)} (GEMM); prompts ${first.bestMs.toFixed(1)} ms`,
    })
  }
}

/**
 * What the step's matrices alone reach with this runtime: no decode step of the same products can be faster. The figures of
 * the same batch above are the whole step.
 */
async function* productsAlone(bench: Bench, shape: ModelShape): AsyncGenerator<Figure> {
  const { config, name } = shape
  const path = join(bench.scratchDir, `${name}.safetensors`)
  const program = await decodeProducts(shape, path, bench.threads)
  const steps = bench.quick ? 8 : 32
  for (const batch of batchSizes.filter((size) => size > 1)) {
    const feeds = { x: { data: randomArray(batch * config.hidden, batch), shape: [batch, config.hidden] } }
    const timing = await bestOf(bench, async () => {
      for (let step = 0; step < steps; step++) await program.run(feeds)
    })
    const stepMs = timing.bestMs / steps
    yield figure('generation', {
      name: `${name}, batch ${batch}, matrices alone`,
      value: (batch / stepMs) * 1000,
      unit: 'tokens/s',
      spread: timing.spread,
      samples: timing.samples,
      ratio: decodeStepFlops(config, batch) / stepMs / 1e6 / timing.gemm,
      bound: `GEMM ${timing.gemm.toFixed(0)} GFLOP/s`,
      note: `${stepMs.toFixed(2)} ms/step, ${(decodeStepBytes(config) / stepMs / 1e6).toFixed(1)} GB/s of weights`,
    })
  }
  await program.release()
}

const mixed = { batchSize: 8, maxNewTokens: 128, shortest: 64, longest: 128 }

/**
 * Prompts of 64 to 128 tokens and answers of geometric lengths: all in one queue, where an answer that ended leaves its
 * slot to the next prompt, against one batch after the other, each until its longest answer has ended.
 */
async function* mixedLengths(bench: Bench, shape: ModelShape): AsyncGenerator<Figure> {
  const { batchSize, maxNewTokens, shortest, longest } = mixed
  const { config, name } = shape
  const path = join(bench.scratchDir, `${name}-ending.safetensors`)
  const { weights, eosIds } = endingWeights(shape)
  await writeSafetensors(path, weights, 'F32')
  const model: DecoderModel = { config, eosIds, weights: openSafetensors(path) }
  const decoder = new Decoder(model, { ...sampling, maxNewTokens, batchSize }, bench.threads)
  const prompts: Prompt[] = Array.from({ length: (bench.quick ? 3 : 6) * batchSize }, (_, i) => ({
    ids: randomTokens(shortest + (hash32(3, i) % (longest - shortest + 1)), config.vocab, i),
    seed: i,
  })).sort((a, b) => a.ids.length - b.ids.length)
  await tokensMade(decoder, prompts.slice(0, 2)) // compiles
  const startedAt = now()
  const tokens = await tokensMade(decoder, prompts)
  const queueMs = now() - startedAt
  for (let start = 0; start < prompts.length; start += batchSize)
    await tokensMade(decoder, prompts.slice(start, start + batchSize))
  const batchesMs = now() - startedAt - queueMs
  await decoder.release()
  yield figure('generation', {
    name: `${name}, mixed lengths, batch ${batchSize}`,
    value: (tokens / queueMs) * 1000,
    unit: 'tokens/s',
    note:
      `${((tokens / batchesMs) * 1000).toFixed(1)} tokens/s batch by batch, so ${(batchesMs / queueMs).toFixed(2)} times as fast; ` +
      `${prompts.length} prompts of ${shortest} to ${longest} tokens, answers of ${(tokens / prompts.length).toFixed(1)} on average, ${maxNewTokens} at most`,
  })
}

/**
 * Random weights whose answers end after about 40 tokens. Every embedding begins with one large number, so all hidden
 * states point the same way; where the head is tied, an end token with a larger one is more likely in every state alike.
 */
function endingWeights(shape: ModelShape) {
  const { vocab, hidden } = shape.config
  const weights = randomWeights(shape)
  // Of a small vocabulary, a few tokens are likely enough as they are.
  if (vocab < 1000) return { weights, eosIds: [5, 6, 7] }
  const { data } = weights.get('model.embed_tokens.weight')!
  for (let id = 0; id < vocab; id++) data[id * hidden] = 30
  data[5 * hidden] = 30.51
  return { weights, eosIds: [5] }
}

async function tokensMade(decoder: Decoder, prompts: readonly Prompt[]): Promise<number> {
  let tokens = 0
  for await (const part of decoder.answers(prompts)) tokens += part.tokens
  return tokens
}
