import { join } from 'node:path'
import { Decoder, type Prompt } from '../../src/engine/generation/decoder.ts'
import type { GenerationDevice } from '../../src/engine/generation/step-model.ts'
import { openSafetensors } from '../../src/engine/model/safetensors.ts'
import type { QwenShape } from '../qwen-shapes.ts'
import { writeRandomFolder } from '../random-folder.ts'
import { randomTokens } from '../random-model.ts'

export interface GenerationRate {
  batch: number
  tokensPerSecond: number
  /** Of the first pass, with the compilation and the sending of the weights. */
  firstSeconds: number
}

interface GenerationCase {
  dir: string
  shape: QwenShape
  batches: readonly number[]
  threads: number
  device: GenerationDevice
  quick: boolean
}

/** Sampled answers to twice as many prompts as are answered at once, so that slots are filled again on the way. */
export async function* measureGeneration({
  dir,
  shape,
  batches,
  threads,
  device,
  quick,
}: GenerationCase): AsyncGenerator<GenerationRate> {
  const [promptTokens, newTokens] = quick ? [16, 24] : [128, 256]
  const { config } = writeRandomFolder(dir, shape)
  const model = {
    config,
    eosIds: [config.vocab - 1],
    weights: openSafetensors(join(dir, 'model.safetensors')),
  }
  for (const batch of batches) {
    const prompts = Array.from({ length: 2 * batch }, (_, i): Prompt => ({
      ids: randomTokens(promptTokens, config.vocab - 1, i),
      seed: i,
    }))
    const settings = { temperature: 1, topK: 0, topP: 1, maxNewTokens: newTokens, batchSize: batch }
    const decoder = new Decoder(model, settings, threads, {
      device,
      callMs: 60_000,
    })
    const pass = async (of: readonly Prompt[]) => {
      const startedAt = performance.now()
      let tokens = 0
      for await (const part of decoder.answers(of)) tokens += part.tokens
      const seconds = (performance.now() - startedAt) / 1000
      return { seconds, tokens }
    }
    const first = await pass(prompts.slice(0, batch))
    const { seconds, tokens } = await pass(prompts)
    await decoder.release()
    yield { batch, tokensPerSecond: tokens / seconds, firstSeconds: first.seconds }
  }
}
