import type { z } from 'zod'
import type { Message } from '../../contract/chat.ts'
import type { DatasetRowRequest, DatasetRowView, RenderedRow } from '../../contract/dataset-inspection.ts'
import { AppError } from '../../contract/errors.ts'
import { realSide, rejectedAnswer } from '../data/dataset-rows.ts'
import { readParquetRow } from '../data/read-parquet.ts'
import { RowProblem } from '../data/validate-row.ts'
import { tokenTexts } from '../text/token-texts.ts'
import { openTextSide, type TextSide } from './text-side.ts'

const tokensShown = 4096

/**
 * One row of a reformatted file as the model sees it: its turns, the rendered text, and its tokens. A row that the
 * template refuses comes with the refusal in `problem`. Errors: FILE_NOT_FOUND, FILE_UNREADABLE, BAD_INPUT (no such
 * row), and those of a broken model folder.
 */
export async function datasetRowStage({
  path,
  row,
  modelDir,
  promptFormat,
}: z.output<typeof DatasetRowRequest>): Promise<DatasetRowView> {
  const { json, totalRows } = await readParquetRow(path, row)
  if (json === null) {
    throw new AppError('BAD_INPUT', `Expected a row below ${totalRows} of ${path}, found ${row}.`, {
      path,
      row,
    })
  }
  const { id, prompt, real, check, rejected } = sidesOf(json, path, row)
  const view = { row, rows: totalRows, id, rejected, check }
  const plain = [...prompt, { role: 'assistant' as const, content: real }].map((turn, i) => ({
    ...turn,
    tokens: null,
    learned: i === prompt.length,
  }))
  if (modelDir === null) return { ...view, turns: plain, rendered: null, problem: null }
  const side = await openTextSide(modelDir, promptFormat)
  try {
    const rendered = renderRow(side, prompt, real)
    const turns = plain.map((turn) => ({
      ...turn,
      tokens: turn.learned ? rendered.answerTokens : tokensOf(side, turn.content),
    }))
    return { ...view, turns, rendered, problem: null }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { ...view, turns: plain, rendered: null, problem: error.message }
  }
}

function sidesOf(json: string, path: string, row: number) {
  try {
    const record = JSON.parse(json) as Record<string, unknown>
    return { ...realSide(record), rejected: rejectedAnswer(record) }
  } catch (error) {
    if (!(error instanceof RowProblem)) throw error
    throw new AppError(
      'FILE_UNREADABLE',
      `Expected a prompt and an answer in row ${row + 1} of ${path}; ${error.message}. Read the dataset again.`,
      { path, row },
      { cause: error },
    )
  }
}

function renderRow({ renderer, tokenizer }: TextSide, prompt: readonly Message[], real: string): RenderedRow {
  const promptIds = renderer.prompt(prompt)
  const answerIds = renderer.response(prompt, real, 'stop')
  const text = renderer.text(prompt, real)
  const ids = [...promptIds, ...answerIds].slice(0, tokensShown)
  const texts = tokenTexts(tokenizer, ids)
  return {
    promptText: text.prompt,
    answerText: text.answer,
    promptTokens: promptIds.length,
    answerTokens: answerIds.length,
    tokens: ids.map((id, i) => ({ id, text: texts[i] ?? '', learned: i >= promptIds.length })),
  }
}

const tokensOf = ({ tokenizer }: TextSide, content: string): number =>
  content === '' ? 0 : tokenizer.encode(content).length
