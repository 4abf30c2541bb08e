import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { TrainingSettings } from '../../../src/contract/settings.ts'
import type { StepMetrics } from '../../../src/contract/engine.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import { deliverReply, openRankLink } from '../../../src/engine/stages/rank-link.ts'
import { checkpointSteps } from '../../../src/engine/training/checkpoint.ts'
import { ownMicroBatches, type Ranks } from '../../../src/engine/training/ranks.ts'
import { RankRounds } from '../../../src/main/engines/rank-rounds.ts'
import { modelOf, trainedForms } from './resident-runs.ts'
import { mixedRows, scoreOpponent, settings as settingsOf, trainModel } from './training-run.ts'

/** Trainings of one process that meet as those of several do. */

const form = trainedForms.find(({ name }) => name === 'an adapter')!
const adapter = { rank: 2 }
const settings = settingsOf({ adapter, batchSize: 5, microBatch: 1, maxSteps: 8, beta: 0.2 })
let dir: string
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'spin-ranks-'))))
afterEach(() => rmSync(dir, { recursive: true }))

interface Trained {
  weights: Map<string, Float32Array>
  metrics: StepMetrics[]
}

async function trained(
  ranks: Ranks | null,
  { resident = false, checkpointDir = join(dir, 'checkpoints') } = {},
  plan: TrainingSettings = settings,
): Promise<Trained> {
  const start = modelOf(form)
  for (const [name, data] of start.trainable) if (name.includes('lora_B')) data.fill(0)
  await start.release()
  const model = modelOf(form, resident ? { compile: Program.compile, resident: true } : {})
  for (const [name, data] of model.trainable) if (name.includes('lora_B')) data.fill(0)
  const { metrics } = await trainModel({
    model,
    opponent: await opponent(),
    settings: plan,
    checkpointDir,
    ranks,
  })
  return { weights: new Map([...model.trainable].map(([name, data]) => [name, data.slice()])), metrics }
}

let scored: ReturnType<typeof scoreOpponent> | null = null
const opponent = () => (scored ??= scoreOpponent(mixedRows, startWeights()))
function startWeights(): Map<string, Float32Array> {
  const model = modelOf({ ...form, adapter: null })
  return new Map(model.trainable)
}

let sessions = 0
/** `diesAt`: a rank's message that never arrives, because its engine is gone. */
function open(count: number, diesAt: { rank: number; round: string } | null = null): Ranks[] {
  const session = `session ${++sessions}`
  const all = [...Array(count).keys()]
  const rounds = new RankRounds(all, (reply) => deliverReply({ ...reply, session }))
  return all.map((rank) => {
    const gone = new AbortController()
    return openRankLink(
      { session, rank, ranks: all },
      (message) => {
        if (rank === diesAt?.rank && message.round === diesAt.round) {
          rounds.lost(rank)
          queueMicrotask(() => gone.abort())
        } else rounds.bring(rank, message)
      },
      gone.signal,
    )
  })
}

function distance(a: Trained, b: Trained): number {
  let largest = 0
  for (const [name, data] of a.weights)
    data.forEach((x, i) => (largest = Math.max(largest, Math.abs(x - b.weights.get(name)![i]!))))
  return largest
}

test('ranks of one step share out its micro-batches, with their places, whatever each one’s memory', () => {
  const rows = [...Array(11).keys()]
  const [a, b] = open(2) as [Ranks, Ranks]
  const whole = ownMicroBatches(rows, { microBatch: 2, planned: 2 }, null)
  const shares = [a, b].map((ranks) => ownMicroBatches(rows, { microBatch: 2, planned: 2 }, ranks))
  expect(shares.flat().toSorted((x, y) => x.index - y.index)).toEqual(whole)
  expect(shares.map((share) => share.length)).toEqual([3, 3])
  const halved = ownMicroBatches(rows, { microBatch: 1, planned: 2 }, b)
  expect(halved.flatMap((one) => one.rows)).toEqual([2, 3, 6, 7, 10])
  expect(halved.map(({ index }) => index)).toEqual([2, 3, 6, 7, 10])
})

test('three ranks make one training, also those whose numbers lie on a device, and all hold the same bits', async () => {
  const alone = await trained(null)
  rmSync(join(dir, 'checkpoints'), { recursive: true })
  const together = await Promise.all(
    open(3).map((ranks, rank) =>
      trained(ranks, { resident: rank === 1, checkpointDir: join(dir, 'shared') }),
    ),
  )
  for (const one of together.slice(1)) expect(distance(one, together[0]!)).toBe(0)
  // Gradients added in another order, then divided by their own size.
  expect(distance(together[0]!, alone)).toBeLessThanOrEqual(1e-5)
  for (const [step, { loss, gradNorm, margin }] of alone.metrics.entries())
    for (const { metrics } of together) {
      expect(metrics[step]!.loss).toBeCloseTo(loss, 5)
      expect(metrics[step]!.gradNorm / gradNorm).toBeCloseTo(1, 3)
      expect(metrics[step]!.margin).toBeCloseTo(margin, 5)
    }
})

test('a leader that dies before its checkpoint is on disk: the next one writes it', async () => {
  const alone = await trained(null)
  rmSync(join(dir, 'checkpoints'), { recursive: true })
  const results = await Promise.allSettled(
    open(3, { rank: 0, round: 'step 6' }).map((ranks, rank) =>
      // What the dying one has written is nowhere.
      trained(ranks, { checkpointDir: join(dir, rank === 0 ? 'lost' : 'shared') }),
    ),
  )
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
  expect(await checkpointSteps(join(dir, 'shared'))).toEqual([6])
  for (const result of results.slice(1))
    expect(distance((result as PromiseFulfilledResult<Trained>).value, alone)).toBeLessThanOrEqual(1e-5)
})

test('ranks whose weights differ are found out', async () => {
  const [a, b] = open(2) as [Ranks, Ranks]
  const wrong: Ranks = {
    ...b,
    get isLeader() {
      return b.isLeader
    },
    exchange: (round, note, gradients) =>
      b.exchange(round, { ...(note as object), sha256: 'of other weights' }, gradients),
  }
  const results = await Promise.allSettled([
    trained(a, { checkpointDir: join(dir, 'a') }),
    trained(wrong, { checkpointDir: join(dir, 'b') }),
  ])
  for (const result of results)
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'INTERNAL' } })
})
