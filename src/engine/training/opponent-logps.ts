import { existsSync } from 'node:fs'
import { z } from 'zod'
import type { Progress } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { LayeredModel } from '../model/layered-model.ts'
import { openSafetensors } from '../model/safetensors.ts'
import { writeSafetensors } from '../model/write-safetensors.ts'
import { scoreSequences } from '../scoring/sequence-logps.ts'
import type { OpponentLogps } from './micro-batch.ts'
import type { Ranks } from './ranks.ts'
import type { TrainingRow } from './training-rows.ts'
import { progressWords } from '../../strings/progress.ts'
import { notFiniteAdvice } from './step-gates.ts'

export interface OpponentRequest {
  /** Still the opponent: training has not begun. */
  model: LayeredModel
  rows: readonly TrainingRow[]
  eosIds: readonly number[]
  batchSize: number
  path: string
  /** Hash of model, rows and settings: a file of another key is made again. */
  key: string
  signal: AbortSignal
  /** Told what a person should know while it goes on: memory ran out and was worked around. */
  onWarning?: ((message: string) => void) | undefined
  /** Who scores its share of the rows too; the leader writes the file. */
  ranks?: Ranks | null
}

/** What one rank has scored, by the places of the rows. */
const ScoredShare = z.object({
  rows: z.array(z.number().int()),
  real: z.array(z.number()),
  generated: z.array(z.number()),
  realEos: z.array(z.number().or(z.nan())),
})
type ScoredShare = z.infer<typeof ScoredShare>

/**
 * The opponent does not change within an iteration, so its log-probs are computed once and stored; the official run
 * computes them again in every step, with a second model in memory.
 */
export async function* opponentLogps(request: OpponentRequest): AsyncGenerator<Progress, OpponentLogps> {
  const { rows, path, key, ranks = null } = request
  if (existsSync(path)) {
    const file = openSafetensors(path)
    if (file.metadata['key'] === key)
      return {
        real: file.read('real'),
        generated: file.read('generated'),
        realEos: withNaN(file.read('realEos')),
      }
  }
  let shares: ScoredShare[] | null = null
  while (shares === null) {
    const own = ranks ? ranks.share(rows).map(({ index }) => index) : [...rows.keys()]
    const scored = yield* scoreShare(request, own)
    const notes = ranks ? await ranks.exchange('opponent', scored) : [scored]
    shares = notes && ScoredShare.array().parse(notes)
  }
  const logps: OpponentLogps = {
    real: new Float32Array(rows.length),
    generated: new Float32Array(rows.length),
    realEos: new Float32Array(rows.length),
  }
  for (const share of shares)
    for (const [i, row] of share.rows.entries()) {
      logps.real[row] = share.real[i]!
      logps.generated[row] = share.generated[i]!
      logps.realEos[row] = share.realEos[i]!
    }
  if (ranks && !ranks.isLeader) return logps
  const column = (data: Float32Array) => ({ shape: [data.length], data })
  // The file format refuses NaN; a log-prob is never above 0, so 1 can say "no EOS".
  await writeSafetensors(
    path,
    new Map([
      ['real', column(logps.real)],
      ['generated', column(logps.generated)],
      ['realEos', column(logps.realEos.map((x) => (Number.isNaN(x) ? 1 : x)))],
    ]),
    'F32',
    { key },
  )
  return logps
}

async function* scoreShare(
  { model, rows, eosIds, batchSize, signal, onWarning }: OpponentRequest,
  own: readonly number[],
): AsyncGenerator<Progress, ScoredShare> {
  const mine = own.map((row) => rows[row]!)
  const sequences = mine.map(({ promptIds, realIds }) => ({ promptIds, responseIds: realIds }))
  const generatedAt = mine.map(({ promptIds, generatedIds }) =>
    generatedIds ? sequences.push({ promptIds, responseIds: generatedIds }) - 1 : -1,
  )
  const scoring = scoreSequences(model, sequences, { batchSize, eosIds, onWarning })
  const startedAt = performance.now()
  let next = await scoring.next()
  for (; !next.done; next = await scoring.next()) {
    if (signal.aborted) {
      await model.release()
      throw new AppError('CANCELLED', 'Scoring the opponent was stopped; it starts again with this stage.')
    }
    yield {
      kind: 'progress',
      stage: progressWords.scoringOpponent,
      done: next.value,
      total: sequences.length,
      unit: progressWords.units.answers,
      tokensPerSecond: null,
      rate: next.value / ((performance.now() - startedAt) / 1000),
    }
  }
  const scores = next.value
  // As float32, which they are kept in.
  const wrong = scores.map(({ logp }) => Math.fround(logp)).find((logp) => !Number.isFinite(logp))
  if (wrong !== undefined)
    throw new AppError(
      'NOT_FINITE',
      `The log-prob of an answer is ${wrong} under the start model; it must be finite. ${notFiniteAdvice[model.precision]}`,
    )
  return {
    rows: [...own],
    real: mine.map((_, i) => scores[i]!.logp),
    generated: generatedAt.map((at) => (at < 0 ? 0 : scores[at]!.logp)),
    realEos: mine.map((_, i) => scores[i]!.eos),
  }
}

const withNaN = (column: Float32Array): Float32Array => column.map((x) => (x > 0 ? Number.NaN : x))

/** What plain SFT trains beside: rows without an opponent, whose shifts the metrics leave at 0. */
export function noOpponent(rows: number): OpponentLogps {
  return {
    real: new Float32Array(rows),
    generated: new Float32Array(rows),
    realEos: new Float32Array(rows).fill(Number.NaN),
  }
}
