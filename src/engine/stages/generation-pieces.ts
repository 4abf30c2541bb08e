import { mkdir } from 'node:fs/promises'
import type { z } from 'zod'
import type {
  AnswerPieceRequest,
  DeviceEvent,
  FractionDone,
  GenerationPlan,
  GenerationPlanRequest,
  LogEvent,
  PieceDone,
  RowsAnswered,
  SealFractionRequest,
} from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { FractionSlice } from '../data/fraction-plan.ts'
import type { Decoder } from '../generation/decoder.ts'
import {
  answerRows,
  generationKey,
  openDecoder,
  openFractionOf,
  openGeneration,
  type Generation,
} from './open-generation.ts'
import { deviceOf } from './stage-device.ts'

/** What stays open between the pieces of one generation: opening a model costs more than answering a piece. */
interface Kept {
  session: string
  generation: Generation
  decoder: Decoder | null
  memoryAttempt: number
  warnings: string[]
}
let kept: Kept | null = null

/** Closes what is open; any other job has the memory first. */
export async function releaseGeneration(): Promise<void> {
  const ending = kept
  kept = null
  await ending?.decoder?.release()
}

/** What is open of a generation, and what makes its answers its own. */
export async function generationPlan(input: z.infer<typeof GenerationPlanRequest>): Promise<GenerationPlan> {
  await mkdir(input.request.outDir, { recursive: true })
  const { generation } = await keptFor(input)
  const { rows, wanted, contextLength, warnings } = generation
  const { key, modelSha256 } = await generationKey(generation)
  const fractions: GenerationPlan['fractions'] = []
  for (const slice of wanted) {
    const { index, start, end } = slice
    const fraction = await openFractionOf(generation, slice, key)
    const open: number[] = []
    for (let row = start; row < end; row++) if (!fraction.finished.has(rows[row]!.id)) open.push(row)
    const sealed = fraction.sealedFraction()
    await fraction.close()
    fractions.push({ index, start, end, open, sealed: sealed && { ...sealed, kind: 'fraction' } })
  }
  return {
    key,
    modelSha256,
    ...(contextLength === null ? {} : { contextLength }),
    fractions,
    warnings: warnings.map(({ message }) => message),
  }
}

/** Answers some rows of a fraction into a journal of their own; rows that any journal holds are not answered again. */
export async function* answerPieceStage(
  piece: z.infer<typeof AnswerPieceRequest>,
  signal: AbortSignal,
): AsyncGenerator<LogEvent | DeviceEvent | RowsAnswered | PieceDone> {
  const { key, part, memoryAttempt = 0 } = piece
  const open = await keptFor(piece)
  const { generation } = open
  if (open.memoryAttempt !== memoryAttempt) await open.decoder?.release()
  if (open.memoryAttempt !== memoryAttempt || open.decoder === null) {
    open.memoryAttempt = memoryAttempt
    open.decoder = openDecoder(generation, memoryAttempt, (message) => open.warnings.push(message))
  }
  const slice = sliceOf(generation, piece.fraction)
  const rowOf = new Map(piece.rows.map((row) => [idOf(generation, slice, row), row]))
  const fraction = await openFractionOf(generation, slice, key, part)
  yield deviceOf('answers')
  let done = 0
  try {
    const finished = [...rowOf].flatMap(([id, row]) => (fraction.finished.has(id) ? [row] : []))
    if (finished.length > 0)
      yield { kind: 'answered', rows: finished, done: (done += finished.length), tokens: 0 }
    const rows = piece.rows.map((row) => generation.rows[row]!).filter(({ id }) => !fraction.finished.has(id))
    for await (const { answered, tokens } of answerRows(generation, open.decoder, fraction, rows, signal)) {
      for (const message of open.warnings.splice(0)) yield { kind: 'log', level: 'warning', message }
      yield {
        kind: 'answered',
        rows: answered.map((id) => rowOf.get(id)!),
        done: (done += answered.length),
        tokens,
      }
    }
  } catch (error) {
    // What ran out of memory, or failed, is not used again.
    if (!(error instanceof AppError && error.code === 'CANCELLED')) await releaseGeneration()
    throw error
  } finally {
    await fraction.close()
  }
  yield { kind: 'done', rows: done }
}

/** Publishes a fraction of which every row is in some journal. One at a time: it writes the manifest. */
export async function sealFraction(input: z.infer<typeof SealFractionRequest>): Promise<FractionDone> {
  const { generation } = await keptFor(input)
  const fraction = await openFractionOf(generation, sliceOf(generation, input.fraction), input.key)
  try {
    return { ...(await fraction.seal()), kind: 'fraction' }
  } finally {
    await fraction.close()
  }
}

async function keptFor({ session, request }: z.infer<typeof GenerationPlanRequest>): Promise<Kept> {
  if (kept?.session === session) return kept
  await releaseGeneration()
  kept = {
    session,
    generation: await openGeneration(request),
    decoder: null,
    memoryAttempt: 0,
    warnings: [],
  }
  return kept
}

function sliceOf({ plan }: Generation, index: number): FractionSlice {
  const slice = plan[index]
  if (slice) return slice
  throw new AppError('BAD_INPUT', `Fraction ${index} does not exist: there are ${plan.length}.`, {
    fraction: index,
  })
}

function idOf({ rows }: Generation, { index, start, end }: FractionSlice, row: number): string {
  if (row >= start && row < end) return rows[row]!.id
  throw new AppError(
    'BAD_INPUT',
    `Row ${row} does not lie in fraction ${index}, rows ${start} to ${end - 1}.`,
    {
      row,
    },
  )
}
