import { TrainingSettings } from '../src/contract/settings.ts'
import { LayeredModel } from '../src/engine/model/layered-model.ts'
import { embeddingName } from '../src/engine/model/weight-names.ts'
import { ElementPool, elementThreads, sharedCopy } from '../src/engine/training/element-pool.ts'
import { clipScale, gradientNorm } from '../src/engine/training/gradient-norm.ts'
import { accumulateGradients } from '../src/engine/training/layered-gradients.ts'
import { buildMicroBatch } from '../src/engine/training/micro-batch.ts'
import { createOptimizer } from '../src/engine/training/optimizer.ts'
import type { TrainingRow } from '../src/engine/training/training-rows.ts'
import { type Bench, bestOf } from './bench.ts'
import { now } from './clock.ts'
import { figure, type Figure } from './figure.ts'
import { answersWork, totalWork, trainingFlops } from './flop-count.ts'
import { type ModelShape, randomTokens, randomWeights, smolShape, starterShape } from './random-model.ts'

interface StepCase {
  shape: ModelShape
  pairs: number
  microBatch: number
  promptTokens: number
  answerTokens: number
  goal: number
  slow?: boolean
}

// A pair's prompt is computed once for both answers, and counted once; tokens/s and pairs/s are those of both sequences.
const cases: StepCase[] = [
  { shape: starterShape, pairs: 64, microBatch: 16, promptTokens: 40, answerTokens: 24, goal: 0.6 },
  { shape: smolShape, pairs: 2, microBatch: 2, promptTokens: 128, answerTokens: 128, goal: 0.8 },
  // The fewest pairs of a step in the workstation preset.
  { shape: smolShape, pairs: 8, microBatch: 4, promptTokens: 128, answerTokens: 128, goal: 0.8, slow: true },
]

/** One optimizer step as the trainer makes it: gradients of all micro-batches, their norm, clipping, AdamW. */
export async function* benchTrainingStep(bench: Bench): AsyncGenerator<Figure> {
  for (const oneCase of cases) if (!bench.quick || !oneCase.slow) yield* benchCase(bench, oneCase)
}

async function* benchCase(
  bench: Bench,
  { shape, pairs, microBatch, promptTokens, answerTokens, goal }: StepCase,
): AsyncGenerator<Figure> {
  const { config } = shape
  const settings = TrainingSettings.parse({
    optimizer: { lr: 1e-7 },
    schedule: {},
    batchSize: pairs,
    microBatch,
    nllWeight: 0.1,
  })
  const weights = [...randomWeights(shape)]
  const elements = weights.reduce((sum, [, { data }]) => sum + data.length, 0)
  const pool = await ElementPool.open(elementThreads(elements, bench.threads))
  const parameters = new Map(
    weights.map(([name, { data }]) => [name, pool.threads > 1 ? sharedCopy(data) : data]),
  )
  const gradients = new Map([...parameters].map(([name, data]) => [name, pool.float32(data.length)]))
  const model = new LayeredModel(config, parameters, bench.threads)
  const optimizer = createOptimizer(settings.optimizer, parameters, {
    pool,
    isEmbedding: (name) => name === embeddingName,
  })
  const normOfGradients = gradientNorm(gradients, pool)
  const tokens = (count: number, seed: number) => randomTokens(count, config.vocab, seed)
  const rows: TrainingRow[] = Array.from({ length: pairs }, (_, i) => ({
    promptIds: tokens(promptTokens, 3 * i),
    realIds: tokens(answerTokens, 3 * i + 1),
    generatedIds: tokens(answerTokens, 3 * i + 2),
  }))
  const opponent = {
    real: new Float32Array(pairs),
    generated: new Float32Array(pairs),
    realEos: new Float32Array(pairs).fill(Number.NaN),
  }
  const totals = { rows: pairs, realTokens: pairs * answerTokens }
  const indices = rows.map((_, i) => i)

  const bestPart = { gradients: Infinity, norm: Infinity, optimizer: Infinity }
  const step = async () => {
    const at = [now()]
    for (let start = 0; start < pairs; start += microBatch) {
      const micro = buildMicroBatch(
        indices.slice(start, start + microBatch),
        rows,
        opponent,
        totals,
        settings,
        [],
      )
      await accumulateGradients(model, micro.batch, micro.terms, gradients, { isFirst: start === 0 })
    }
    at.push(now())
    const norm = normOfGradients()
    at.push(now())
    optimizer.step(gradients, settings.optimizer.lr, clipScale(norm, settings.optimizer.clipNorm))
    at.push(now())
    ;(['gradients', 'norm', 'optimizer'] as const).forEach(
      (part, i) => (bestPart[part] = Math.min(bestPart[part], at[i + 1]! - at[i]!)),
    )
  }
  const { bestMs, spread, samples, gemm } = await bestOf(bench, step)
  await model.release()
  await pool.close()

  const length = promptTokens + answerTokens
  const pair = answersWork(promptTokens, [answerTokens, answerTokens])
  const { done, withoutRecompute } = trainingFlops(config, totalWork(rows.map(() => pair)))
  const rate = done / bestMs / 1e6
  const name = `${shape.name}, ${pairs} pairs × ${length}${pairs > microBatch ? `, ${microBatch} at a time` : ''}`
  const bound = `GEMM ${gemm.toFixed(0)} GFLOP/s`
  const parts = Object.entries(bestPart)
    .map(([part, ms]) => `${part} ${ms.toFixed(0)} ms`)
    .join(', ')
  yield figure('training step', {
    name,
    value: rate,
    unit: 'GFLOP/s',
    ratio: rate / gemm,
    bound,
    goal,
    spread,
    samples,
    note: parts,
  })
  const gradientRate = done / bestPart.gradients / 1e6
  yield figure('training step', {
    name: `${name}: gradients alone`,
    value: gradientRate,
    unit: 'GFLOP/s',
    ratio: gradientRate / gemm,
    bound,
    samples,
  })
  const modelRate = withoutRecompute / bestMs / 1e6
  yield figure('training step', {
    name: `${name}: recompute not counted`,
    value: modelRate,
    unit: 'GFLOP/s',
    ratio: modelRate / gemm,
    bound,
    samples,
    note: `${(withoutRecompute / 1e9).toFixed(1)} of ${(done / 1e9).toFixed(1)} GFLOP`,
  })
  yield figure('training step', {
    name: `${name}: pairs`,
    value: (pairs / bestMs) * 1000,
    unit: 'pairs/s',
    samples,
  })
  yield figure('training step', {
    name: `${name}: tokens`,
    value: ((2 * pairs * length) / bestMs) * 1000,
    unit: 'tokens/s',
    samples,
  })
}
