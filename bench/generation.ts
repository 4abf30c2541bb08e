import { join } from 'node:path'
import { Decoder, type Prompt } from '../src/engine/generation/decoder.ts'
import { openSafetensors, writeSafetensors } from '../src/engine/model/safetensors.ts'
import { type Bench, bestOf, type Timing } from './bench.ts'
import { figure, type Figure } from './figure.ts'
import { decodeStepBytes, decodeStepFlops } from './flop-count.ts'
import { randomTokens, randomWeights, smolShape, starterShape } from './random-model.ts'

const batchSizes = [1, 8, 16, 32]
const promptTokens = 16

/**
 * Decoding as the generate stage does it (sampling at temperature 1, no end before the cap). A run of one token is
 * taken off a run of many, so what is left is the loop: time per step, against the larger of two bounds: reading all
 * weights once, and the products of all rows at the GEMM rate.
 */
export async function* benchGeneration(bench: Bench): AsyncGenerator<Figure> {
  for (const shape of [starterShape, smolShape]) {
    const { config, name } = shape
    await bench.machine.sampleBandwidth(2 ** 28, 3) // again: the bound belongs to this moment
    const path = join(bench.scratchDir, `${name}.safetensors`)
    await writeSafetensors(path, randomWeights(shape), 'F32')
    const steps = bench.quick ? 16 : shape === starterShape ? 64 : 32
    for (const batch of batchSizes) {
      const time = async (maxNewTokens: number): Promise<Timing> => {
        // −1 is no token's id: random weights must not end an answer early.
        const model = { config, eosIds: [-1], weights: openSafetensors(path) }
        const decoder = new Decoder(
          model,
          { temperature: 1, topK: 0, topP: 1, maxNewTokens, batchSize: batch },
          bench.threads,
        )
        const prompts: Prompt[] = Array.from({ length: batch }, (_, b) => ({
          ids: randomTokens(promptTokens, config.vocab, b),
          seed: b,
        }))
        const timing = await bestOf(bench, () => decoder.answer(prompts))
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
}
