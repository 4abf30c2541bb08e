import type { TrainingSettings } from '../../contract/settings.ts'
import type { ModelFolder } from '../model/model-folder.ts'
import { tokenLogProbs } from '../scoring/response-scores.ts'
import { loadLayeredModel } from '../model/load-layered-model.ts'
import { hash32 } from '../tensor/random.ts'
import { gradNorm } from '../training/gradient-norm.ts'
import { accumulateGradients } from '../training/layered-gradients.ts'
import { buildMicroBatch } from '../training/micro-batch.ts'
import { createOptimizer } from '../training/optimizer.ts'
import type { TrainingRow } from '../training/training-rows.ts'
import { truncatePair } from '../training/truncate-pair.ts'
import { collectGarbage } from './collect-garbage.ts'
import { atAllLayers, cutLayers } from './layer-slope.ts'
import { watchPeakMemory } from './peak-memory.ts'
import type { RowLengths } from './row-lengths.ts'

export interface TrainingProbe {
  /** Forward and backward of one micro-batch of typical rows. */
  secondsPerMicroBatch: number
  /** The opponent's log-probs of one micro-batch. */
  scoreSeconds: number
  /** Norm, clipping and update of all trained weights. */
  updateSeconds: number
  /** Above the process's own size, at the longest rows. */
  peakBytes: number
  /** Numbers that are trained. */
  trained: number
}

/** One micro-batch of typical rows and one of the longest, with the model cut to one and to two layers. */
export async function probeTraining(
  folder: ModelFolder,
  lengths: RowLengths,
  settings: TrainingSettings,
): Promise<TrainingProbe> {
  const bySize = lengths.prompt
    .map((prompt, i) => ({ prompt, answer: lengths.answer[i]! }))
    .toSorted((a, b) => a.prompt + a.answer - (b.prompt + b.answer))
  const size = Math.min(settings.microBatch, settings.batchSize)
  // Micro-batches hold rows of similar length: sorted inside a step. Five of them, from short to long, stand for all.
  const typical = [0.1, 0.3, 0.5, 0.7, 0.9].map((share) =>
    rowsAt(bySize, Math.floor(share * bySize.length), size, folder.config.vocab, settings),
  )
  const longest = rowsAt(bySize, bySize.length - 1, size, folder.config.vocab, settings)
  const one = await cut(1)
  const two = await cut(2)
  const { layers } = folder.config
  const line = (figure: 'step' | 'score' | 'update' | 'bytes' | 'trained') =>
    atAllLayers(one[figure], two[figure], layers)
  return {
    secondsPerMicroBatch: line('step'),
    scoreSeconds: line('score'),
    updateSeconds: line('update'),
    peakBytes: line('bytes'),
    trained: line('trained'),
  }

  async function cut(count: number) {
    collectGarbage()
    const peak = watchPeakMemory()
    const config = cutLayers(folder.config, count)
    const model = loadLayeredModel({ ...folder, config })
    const optimizer = createOptimizer(settings.optimizer, model.parameters)
    const gradients = new Map(
      [...model.parameters].map(([name, data]) => [name, new Float32Array(data.length)]),
    )
    const run = async (rows: readonly TrainingRow[]): Promise<{ step: number; score: number }> => {
      const opponent = {
        real: new Float32Array(rows.length),
        generated: new Float32Array(rows.length),
        realEos: new Float32Array(rows.length),
      }
      const totals = {
        rows: rows.length,
        realTokens: rows.reduce((sum, { realIds }) => sum + realIds.length, 0),
      }
      const micro = buildMicroBatch(
        rows.map((_, i) => i),
        rows,
        opponent,
        totals,
        settings,
        folder.eosIds,
      )
      await accumulateGradients(model, micro.batch, micro.terms, gradients) // compiles, warms up
      const step = await seconds(() => accumulateGradients(model, micro.batch, micro.terms, gradients))
      await tokenLogProbs(model, micro.batch, micro.batch)
      const score = await seconds(() => tokenLogProbs(model, micro.batch, micro.batch))
      return { step, score }
    }
    let step = 0
    let score = 0
    for (const rows of typical) {
      const measured = await run(rows)
      step += measured.step / typical.length
      score += measured.score / typical.length
    }
    await run(longest)
    const update = await seconds(() => {
      gradNorm(gradients)
      optimizer.step(gradients, 1e-9, 1)
    })
    let trained = 0
    for (const data of model.parameters.values()) trained += data.length
    await model.release()
    // The states of the layers that the whole model keeps until its backward pass are in the slope of two layers.
    return { step, score, update, bytes: peak(), trained }
  }
}

/** `size` rows around a place in the list that is sorted by length; token ids are arbitrary. */
function rowsAt(
  bySize: readonly { prompt: number; answer: number }[],
  middle: number,
  size: number,
  vocab: number,
  settings: TrainingSettings,
): TrainingRow[] {
  const ids = (count: number, seed: number) =>
    Array.from({ length: count }, (_, i) => hash32(seed, i) % vocab)
  const first = Math.max(0, Math.min(bySize.length - size, middle - Math.floor(size / 2)))
  return Array.from({ length: size }, (_, i) => {
    const { prompt, answer } = bySize[Math.min(bySize.length - 1, first + i)]!
    const cut = truncatePair(
      {
        promptIds: ids(Math.max(1, prompt), i),
        realIds: ids(answer, i + 1),
        generatedIds: ids(answer, i + 2),
      },
      settings,
    )
    return {
      promptIds: cut.promptIds,
      realIds: cut.realIds,
      generatedIds: settings.objective === 'sft' ? null : cut.generatedIds,
    }
  })
}

async function seconds(work: () => unknown): Promise<number> {
  const startedAt = performance.now()
  await work()
  return (performance.now() - startedAt) / 1000
}
