import { DatasetRow } from '../../contract/chat.ts'
import type { FinishReason, PairRow } from '../../contract/chat.ts'
import { AppError } from '../../contract/errors.ts'
import { parquetColumns, readParquetRecords } from './read-parquet.ts'
import { promptId } from './row-identity.ts'
import { RowProblem, messagesOf, splitAtAnswer } from './validate-row.ts'

/**
 * Rows of a reformatted dataset in file order. The files that the authors of SPIN published are read too: columns
 * `real`, `generated`, or in the older ones `chosen`, `rejected`; the id is then computed and `check` is null.
 * A prompt that comes twice is taken once. Errors: FILE_NOT_FOUND, FILE_UNREADABLE, DATASET_UNMAPPED.
 */
export async function readDatasetRows(path: string): Promise<DatasetRow[]> {
  const rows = new Map<string, DatasetRow>()
  await eachRow(path, (record) => {
    const { id, prompt, real, check } = realSide(record)
    if (!rows.has(id)) rows.set(id, DatasetRow.parse({ id, prompt, answer: real, check }))
  })
  return [...rows.values()]
}

/**
 * Calls `take` with every row of a dataset or pair file as JSON made it. RowProblems become FILE_UNREADABLE with the
 * row's number: a reformatted file has no broken rows, so one is a sign of another kind of file.
 */
export async function eachRow(path: string, take: (record: Record<string, unknown>) => void): Promise<void> {
  const columns = await parquetColumns(path)
  if (!columns.includes('real') && !columns.includes('chosen')) {
    throw new AppError(
      'DATASET_UNMAPPED',
      `Expected the columns real and generated in ${path}, found ${columns.join(', ')}. Reformat the dataset first.`,
      { path, columns },
    )
  }
  let row = 0
  for await (const { json } of readParquetRecords(path, rowColumns)) {
    for (const text of json) {
      row += 1
      try {
        take(JSON.parse(text) as Record<string, unknown>)
      } catch (error) {
        if (!(error instanceof RowProblem)) throw error
        throw new AppError(
          'FILE_UNREADABLE',
          `Expected a prompt and an answer in row ${row} of ${path}; ${error.message}. Reformat the dataset again.`,
          { path, row },
          { cause: error },
        )
      }
    }
  }
}

const rowColumns = ['id', 'real', 'generated', 'chosen', 'rejected', 'check', 'finish_reason']

/** Prompt and human answer of a row, under the names of today's or of the older published files. */
export function realSide(
  record: Readonly<Record<string, unknown>>,
): Omit<PairRow, 'generated' | 'finishReason'> {
  const { prompt, answer } = splitAtAnswer(messagesOf(record['real'] ?? record['chosen'], 'real'))
  if (prompt.length === 0) throw new RowProblem('empty-prompt', 'no message stands before the answer')
  const id = record['id']
  const check = record['check']
  return {
    id: typeof id === 'string' && id !== '' ? id : promptId(prompt),
    prompt,
    real: answer,
    check: typeof check === 'string' && check !== '' ? check : null,
  }
}

/** The second answer of a row of a pair file; null where there is none, as in a dataset for generation. */
export function rejectedAnswer(record: Readonly<Record<string, unknown>>): string | null {
  const generated = record['generated'] ?? record['rejected']
  if (generated === null || generated === undefined) return null
  const { answer } = splitAtAnswer(messagesOf(generated, 'generated'))
  return answer.trim() === '' ? null : answer
}

/**
 * A pair from a row of a fraction or pair file. A row without `finish_reason` comes from the official repository,
 * whose generators leave the space after `### Response:` in front of the answer and whose gather strips it
 * (spin/convert_data.py); our own answers are kept to the byte.
 */
export function pairRowOf(record: Readonly<Record<string, unknown>>): PairRow {
  const generated = messagesOf(record['generated'] ?? record['rejected'], 'generated')
  const answer = splitAtAnswer(generated).answer
  const finish = record['finish_reason']
  const official = finish === undefined || finish === null
  if (!official && finish !== 'stop' && finish !== 'length') {
    throw new RowProblem(
      'wrong-type',
      `finish_reason: expected stop or length, found ${JSON.stringify(finish)}`,
    )
  }
  const finishReason: FinishReason = official ? 'stop' : finish
  return { ...realSide(record), generated: official ? answer.trimStart() : answer, finishReason }
}
