import { join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { MeasuredTraining } from '../../contract/forecast.ts'
import { GateSettings, type TrainingSettings } from '../../contract/settings.ts'
import { makeScratchFolder } from '../files/scratch-folder.ts'
import { engineThreads } from '../model/engine-threads.ts'
import type { LayeredModel } from '../model/layered-model.ts'
import type { ModelFolder } from '../model/model-folder.ts'
import { hash32 } from '../tensor/random.ts'
import type { GradientPass } from '../training/gradient-pass.ts'
import type { OpponentLogps } from '../training/micro-batch.ts'
import { noOpponent, opponentLogps } from '../training/opponent-logps.ts'
import { train } from '../training/trainer.ts'
import type { TrainingRow } from '../training/training-rows.ts'
import { truncatePair } from '../training/truncate-pair.ts'
import { collectGarbage } from './collect-garbage.ts'
import { trainingLayerBytes } from './layer-bytes.ts'
import { atAllLayers, cutLayers, deepestCut } from './layer-slope.ts'
import { watchPeakMemory } from './peak-memory.ts'
import type { RowLengths } from './row-lengths.ts'

/** Everything but the optimizer's state, which follows from its kind. */
export type TrainingProbe = Omit<MeasuredTraining, 'stateBytes'>

/** A model and what computes its gradients; null = the model layer by layer. */
interface TrainedModel {
  model: LayeredModel
  pass: GradientPass | null
}

/** Micro-batches of the longer step: the difference to a step of one is theirs alone. */
const longStep = 4
/** Arrays that wait for the collector are part of a stage's peak: a probe must be long enough to see them. */
const steadySeconds = 0.7
const mostSteps = 400
/** Micro-batches of the rows as a run meets them: nearly each has a shape of its own, whose programs are compiled and kept. */
const variedSteps = 12
const variedSeconds = 5

/**
 * The opponent's scoring and steps of training as they are run later, on the model cut to one and to a few layers; rows have
 * the lengths of the dataset and arbitrary tokens. Nothing is kept.
 */
export async function probeTraining(
  folder: ModelFolder,
  lengths: RowLengths,
  settings: TrainingSettings,
  load: (folder: ModelFolder) => TrainedModel,
  stop?: AbortSignal,
): Promise<TrainingProbe> {
  const bySize = lengths.prompt
    .map((prompt, i) => ({ prompt, answer: lengths.answer[i]! }))
    .toSorted((a, b) => a.prompt + a.answer - (b.prompt + b.answer))
  const microBatch = Math.min(settings.microBatch, settings.batchSize)
  const rows = (count: number) =>
    // Evenly from the shortest to the longest; a middle one where only one is wanted.
    Array.from({ length: count }, (_, i) => bySize[Math.floor(((i + 0.5) / count) * bySize.length)]!)
  const short = pairsOf(rows(microBatch), folder.config.vocab, settings)
  const long = pairsOf(rows(longStep * microBatch), folder.config.vocab, settings)
  const varied = pairsOf(
    Array.from(
      { length: Math.min(lengths.prompt.length, variedSteps * longStep * microBatch) },
      (_, i) => bySize[hash32(i, 'varied') % bySize.length]!,
    ),
    folder.config.vocab,
    settings,
  )
  const longest = pairsOf([...rows(microBatch - 1), bySize.at(-1)!], folder.config.vocab, settings)
  const scratch = makeScratchFolder('forecast')
  try {
    // The larger first: its peak is the forecast's, and what a cut leaves behind would be part of it.
    const deepest = deepestCut(folder.config)
    const many = await cut(deepest)
    const one = await cut(1)
    const { layers } = folder.config
    const line = (figure: keyof typeof one) => atAllLayers(one[figure], many[figure], layers, deepest)
    const steady = (line('long') - line('short')) / (longStep - 1)
    // All layers share their programs, so the smallest cut compiles as many as the whole model.
    const compiling = Math.max(0, one.varied - one.long) / longStep
    return {
      secondsPerMicroBatch: steady + compiling,
      updateSeconds: Math.max(0, line('short') - steady),
      scoreSeconds: line('score') / long.length,
      peakBytes:
        many.bytes + (layers - deepest) * trainingLayerBytes(folder.config, settings, tokenRowsOf(longest)),
      trained: line('trained'),
    }
  } finally {
    scratch.remove()
  }

  async function cut(layers: number) {
    collectGarbage()
    const peak = watchPeakMemory()
    // A first adapter costs what a continued one does.
    const trained = load({ ...folder, adapter: null, config: cutLayers(folder.config, layers) })
    await step(trained, longest, 'longest')
    const { model } = trained
    const measured = {
      short: (await step(trained, short, 'short')).seconds,
      ...(await step(trained, long, 'long').then(({ seconds, score }) => ({ long: seconds, score }))),
      varied: (await step(trained, varied, 'varied', longStep * microBatch)).mean,
      trained: [...model.trainable.values()].reduce((sum, { length }) => sum + length, 0),
      bytes: peak(),
    }
    await model.release()
    return measured
  }

  /** An optimizer step on these pairs once its programs are compiled, and their scoring, seconds. */
  async function step(
    { model, pass }: TrainedModel,
    pairs: readonly TrainingRow[],
    name: string,
    batchSize = pairs.length,
  ): Promise<{ seconds: number; mean: number; score: number }> {
    if (stop?.aborted) throw new AppError('CANCELLED', 'The forecast was stopped.')
    // What the step before has left behind is nothing that a run holds.
    collectGarbage()
    const { signal } = new AbortController()
    let score = 0
    let opponent: OpponentLogps = noOpponent(pairs.length)
    if (settings.objective !== 'sft') {
      // Twice: the first time programs are compiled.
      for (let run = 0; run < 2; run++) {
        const startedAt = performance.now()
        const scoring = opponentLogps({
          model,
          rows: pairs,
          eosIds: folder.eosIds,
          batchSize: 2 * microBatch,
          path: join(scratch.path, `${name}-${run}-${model.config.layers}.safetensors`),
          key: '',
          signal,
        })
        let next = await scoring.next()
        while (!next.done) next = await scoring.next()
        opponent = next.value
        score = (performance.now() - startedAt) / 1000
      }
    }
    const steps = train({
      model,
      ...(pass && { pass }),
      rows: pairs,
      opponent,
      settings: {
        ...settings,
        batchSize,
        microBatch,
        maxSteps: mostSteps,
        schedule: { ...settings.schedule, kind: 'constant', scheduleEpochs: mostSteps, stopEpoch: mostSteps },
        optimizer: { ...settings.optimizer, lr: 1e-12 },
        checkpointEverySteps: 1000,
        guards: { ...settings.guards, enabled: false, heldOutEverySteps: 0 },
      },
      gates: GateSettings.parse({}),
      eosIds: folder.eosIds,
      checkpointDir: join(scratch.path, 'none'),
      settingsHash: '',
      heldOutNll: null,
      signal,
      threads: engineThreads(folder.config),
    })
    // The first compiles. The fastest of the others is what a step takes where nothing else disturbs it.
    let seconds = Infinity
    let total = 0
    let sum = 0
    let count = 0
    for await (const { step: at, stepMs } of steps) {
      total += stepMs / 1000
      if (at > 0) seconds = Math.min(seconds, stepMs / 1000)
      if (at > 0) sum += stepMs / 1000
      count = at
      // Whole batches of the same rows come again and again; varied ones once.
      if (at > 0 && total > (batchSize < pairs.length ? variedSeconds : steadySeconds)) break
      // Two at least, however few the rows: the first is not counted.
      if (batchSize < pairs.length && at >= 1 && at + 1 >= Math.floor(pairs.length / batchSize)) break
    }
    return { seconds, mean: sum / count, score }
  }
}

function pairsOf(
  rows: readonly { prompt: number; answer: number }[],
  vocab: number,
  settings: TrainingSettings,
): TrainingRow[] {
  const ids = (count: number, seed: number) =>
    Array.from({ length: count }, (_, i) => hash32(seed, i) % vocab)
  return rows.map(({ prompt, answer }, i) => {
    const cut = truncatePair(
      {
        promptIds: ids(Math.max(1, prompt), 3 * i),
        realIds: ids(answer, 3 * i + 1),
        generatedIds: ids(answer, 3 * i + 2),
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

/** Rows of the flat batch: a prompt once, both of its answers. */
const tokenRowsOf = (pairs: readonly TrainingRow[]): number =>
  pairs.reduce(
    (sum, { promptIds, realIds, generatedIds }) =>
      sum + promptIds.length + realIds.length + (generatedIds?.length ?? 0),
    0,
  )
