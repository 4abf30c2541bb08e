import { AppError } from '../../contract/errors.ts'
import type { MeasuredGeneration } from '../../contract/forecast.ts'
import type { GenerationSettings } from '../../contract/settings.ts'
import { Decoder, type Prompt } from '../generation/decoder.ts'
import { engineThreads } from '../model/engine-threads.ts'
import type { ModelConfig } from '../model/model-config.ts'
import type { ModelFolder } from '../model/model-folder.ts'
import { parameterCount } from '../model/weight-names.ts'
import { hash32 } from '../tensor/random.ts'
import type { GenerationDevice } from '../generation/step-model.ts'
import { collectGarbage } from './collect-garbage.ts'
import { generationLayerBytes } from './layer-bytes.ts'
import { atAllLayers, cutLayers, deepestCut } from './layer-slope.ts'
import { watchPeakMemory } from './peak-memory.ts'
import { mean, type RowLengths } from './row-lengths.ts'

/**
 * Answers two batches of prompts of the dataset's own lengths with the model cut to one and to a few layers. Answers are
 * expected to be as long as the human ones (the model was tuned on such), and never longer than the cap.
 */
export async function probeGeneration(
  folder: ModelFolder,
  lengths: RowLengths,
  settings: Pick<GenerationSettings, 'temperature' | 'topK' | 'topP' | 'maxNewTokens' | 'batchSize'>,
  { device = null, signal }: { device?: GenerationDevice | null; signal?: AbortSignal } = {},
): Promise<MeasuredGeneration> {
  const answerTokens = Math.min(settings.maxNewTokens, Math.max(1, Math.round(mean(lengths.answer))))
  const probed = Math.min(answerTokens, probeTokens(folder.config))
  const prompts: Prompt[] = Array.from({ length: 2 * settings.batchSize }, (_, i) => ({
    ids: Array.from(
      { length: Math.max(1, lengths.prompt[(i * 7) % lengths.prompt.length] ?? 1) },
      (_unused, at) => hash32(i, at) % folder.config.vocab,
    ),
    seed: i,
  }))
  const cut = async (layers: number) => {
    if (signal?.aborted) throw new AppError('CANCELLED', 'The forecast was stopped.')
    collectGarbage()
    const peak = watchPeakMemory()
    const decoder = new Decoder(
      // Nothing ends early: the last id of the vocabulary is hardly ever an answer's first choice.
      { ...folder, config: cutLayers(folder.config, layers), eosIds: [folder.config.vocab - 1] },
      { ...settings, maxNewTokens: probed },
      engineThreads(folder.config),
      { device },
    )
    const first = await timed(decoder, prompts)
    let total = 0
    let runs = 0
    for (; runs < 2 || total < steadySeconds; runs++) {
      if (signal?.aborted) break
      total += await timed(decoder, prompts)
    }
    const run = total / runs
    await decoder.release()
    return { start: Math.max(0, first - run), run, bytes: peak() }
  }
  const one = await cut(1)
  const deepest = deepestCut(folder.config)
  const many = await cut(deepest)
  if (signal?.aborted) throw new AppError('CANCELLED', 'The forecast was stopped.')
  const { layers } = folder.config
  const run = atAllLayers(one.run, many.run, layers, deepest) / prompts.length
  const longestPrompt = Math.max(...prompts.map(({ ids }) => ids.length))
  const promptTokens = mean(prompts.map(({ ids }) => ids.length))
  return {
    startSeconds: atAllLayers(one.start, many.start, layers, deepest),
    secondsPerAnswer: (run * (promptTokens + answerTokens)) / (promptTokens + probed),
    peakBytes:
      many.bytes +
      (layers - deepest) *
        generationLayerBytes(folder.config, settings, {
          positions: longestPrompt + answerTokens,
          longestPrompt,
        }),
  }
}

/** A step costs more the longer its rows are, so a small model is probed at its answers' own length. */
const probeTokens = (config: ModelConfig): number => (parameterCount(config) > 2e8 ? 32 : 160)
/** Arrays that wait for the collector are part of a stage's peak: a probe must be long enough to see them. */
const steadySeconds = 0.7

async function timed(decoder: Decoder, prompts: readonly Prompt[]): Promise<number> {
  const startedAt = performance.now()
  for await (const part of decoder.answers(prompts)) void part
  return (performance.now() - startedAt) / 1000
}
