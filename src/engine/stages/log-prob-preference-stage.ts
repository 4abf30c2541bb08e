import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import type { DatasetRow } from '../../contract/chat.ts'
import { EvaluationAnswer, type LogEvent, type Progress } from '../../contract/engine.ts'
import { type PreferenceRequest, PreferenceResult } from '../../contract/engine/judging.ts'
import { AppError } from '../../contract/errors.ts'
import { parseLines } from '../../contract/judging.ts'
import { progressWords as words } from '../../strings/progress.ts'
import { fileError, writeFileAtomically } from '../data/atomic-file.ts'
import { readDatasetRows } from '../data/dataset-rows.ts'
import { logProbPreference, type ScoredAnswer } from '../evaluation/judging/log-prob-preference.ts'
import type { TokenSequence } from '../scoring/collate.ts'
import { settingsHash } from '../training/settings-hash.ts'
import { scoreAll } from './evaluation-passes.ts'
import { inContext } from './context-length.ts'
import { batchAfter } from './memory-attempt.ts'
import { type ModelContext, openModel } from './model-context.ts'
import { finishedResult, writeResult } from './stage-result.ts'

type Request = z.output<typeof PreferenceRequest>

const bootstrapSeed = 11

/**
 * Scores the greedy answers of a model and of its base, and the human ones, under both models, and counts which are the more
 * probable ones (see log-prob-preference.ts). Asked again with the same answers and models the result is read back. Throws
 * FILE_NOT_FOUND and FILE_UNREADABLE for answers, BAD_INPUT where the two files share no prompt with the rows, or where the
 * models' tokenizers differ.
 */
export async function* logProbPreferenceStage(
  request: Request,
  signal: AbortSignal,
): AsyncGenerator<Progress | LogEvent | PreferenceResult> {
  const { outDir, limit, promptFormat } = request
  await mkdir(outDir, { recursive: true })
  const triples = await readTriples(request)
  const rows = limit > 0 ? triples.slice(0, limit) : triples
  const model = await openModel(request.modelDir, promptFormat)
  const base = await openModel(request.baseDir, promptFormat)
  const [modelSha256, baseSha256] = [await model.folder.sha256(), await base.folder.sha256()]
  const key = settingsHash({ modelSha256, baseSha256, promptFormat, rows: settingsHash(rows) })
  const resultPath = join(outDir, 'result.json')
  const known = await finishedResult(resultPath, key, PreferenceResult)
  if (known) {
    yield known
    return
  }
  const sequences = rows.flatMap(({ row, own, base: other }): TokenSequence[] => {
    const { prompt } = row
    const promptIds = model.renderer.prompt(prompt) // one array: its computation is shared
    const of = (text: string, finish: 'stop' | 'length'): TokenSequence => ({
      promptIds,
      responseIds: model.renderer.response(prompt, text, finish),
    })
    return [
      of(own.greedy, own.greedyFinish ?? 'stop'),
      of(other.greedy, other.greedyFinish ?? 'stop'),
      of(row.answer, 'stop'),
    ]
  })
  expectSameTokens(rows[0]!.row, model, base)
  const longest = Math.max(...sequences.map((one) => one.promptIds.length + one.responseIds.length))
  const inRowsContext = (of: ModelContext): ModelContext => ({
    ...of,
    folder: inContext(of.folder, () => longest).folder,
  })
  const batchSize = batchAfter(request.batchSize, request.memoryAttempt)
  const [asModel, asBase] = [inRowsContext(model), inRowsContext(base)]
  const byModel = yield* scoreAll(asModel, sequences, batchSize, words.scoringModel, signal)
  const byBase = yield* scoreAll(asBase, sequences, batchSize, words.scoringBase, signal, asModel)
  const scored = sequences.map(({ responseIds }, i): ScoredAnswer => ({
    byBase: byBase[i]!,
    byModel: byModel[i]!,
    tokens: responseIds.length,
  }))
  const ofRow = (i: number) => ({ own: scored[3 * i]!, base: scored[3 * i + 1]!, human: scored[3 * i + 2]! })
  const each = rows.map((_, i) => ofRow(i))
  const rowsPath = join(outDir, 'preferences.jsonl')
  const lines = each.map((scores, i) => `${JSON.stringify({ id: rows[i]!.row.id, ...scores })}\n`)
  await writeFileAtomically(rowsPath, lines.join(''))
  const result: PreferenceResult = {
    kind: 'done',
    modelSha256,
    baseSha256,
    rows: rows.length,
    against: (['base', 'human'] as const).map((opponent) =>
      logProbPreference(
        opponent,
        each.map((scores) => ({ own: scores.own, other: scores[opponent] })),
        bootstrapSeed,
      ),
    ),
    rowsPath,
  }
  await writeResult(resultPath, key, result)
  yield result
}

interface Triple {
  row: DatasetRow
  own: EvaluationAnswer
  base: EvaluationAnswer
}

async function readTriples(request: Request): Promise<Triple[]> {
  const [own, base] = [await answersById(request.answersPath), await answersById(request.baseAnswersPath)]
  const found = (await readDatasetRows(request.dataPath)).flatMap((row): Triple[] => {
    const [mine, theirs] = [own.get(row.id), base.get(row.id)]
    return mine && theirs ? [{ row, own: mine, base: theirs }] : []
  })
  if (found.length > 0) return found
  throw new AppError(
    'BAD_INPUT',
    `Expected answers of both models to the rows of ${request.dataPath}, found none in common. Evaluate both on the same rows.`,
    { path: request.dataPath },
  )
}

async function answersById(path: string): Promise<Map<string, EvaluationAnswer>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(error, path, 'read')
  })
  const answers = parseLines(text, path, EvaluationAnswer, 'an answer of an evaluation')
  return new Map(answers.map((answer) => [answer.id, answer]))
}

/** Log-probs of two models can be compared for the same tokens alone. */
function expectSameTokens({ prompt, answer }: DatasetRow, a: ModelContext, b: ModelContext): void {
  const tokens = ({ renderer }: ModelContext): string =>
    [renderer.prompt(prompt), renderer.response(prompt, answer, 'stop')].join(' ')
  if (tokens(a) === tokens(b)) return
  throw new AppError(
    'BAD_INPUT',
    'The two models turn the same text into different tokens, so their log-probs cannot be compared. Choose a model and the base that it was trained from.',
  )
}
