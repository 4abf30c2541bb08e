import { basename, relative, resolve } from 'node:path'
import type { z } from 'zod'
import type { Message } from '../../contract/chat.ts'
import type { ColumnMapping } from '../../contract/dataset-format.ts'
import type {
  DatasetFile,
  DatasetInspection,
  InspectDatasetRequest,
  SampleRow,
} from '../../contract/dataset-inspection.ts'
import { AppError } from '../../contract/errors.ts'
import { shorten, summarizeColumns } from './column-summary.ts'
import { chooseMapping, detectMapping } from './detect-format.ts'
import { checkRole, columnRoles, detectionOrder } from './mapping.ts'
import { readSource } from './read-source.ts'
import type { SourceRow } from './read-source.ts'
import { listSourceFiles } from './source-files.ts'
import type { SourceFile } from './source-files.ts'
import { RowProblem, datasetRowOf } from './validate-row.ts'
import { engineLogWords } from '../../strings/engine-log.ts'

const filesLookedInto = 24
const recordsForDetection = 50 // as the import takes
const rowsShown = 20
const charactersShown = 400
/** Of a file whose rows can't be read: it is looked into no further. */
const maxBytesRead = 64 * 1024 * 1024

/**
 * What files hold, without importing them: columns, the layout that is recognised, and the first rows as training would
 * take them. What is wrong with a file is said in its `problem`. Errors: FILE_NOT_FOUND, BAD_INPUT (another kind of
 * file), DATASET_EMPTY (a folder without data files), CANCELLED.
 */
export async function inspectDataset(
  { sources, mapping }: z.output<typeof InspectDatasetRequest>,
  signal?: AbortSignal,
): Promise<DatasetInspection> {
  const all = await listSourceFiles(sources, sources[0] ?? '', [])
  const files: DatasetFile[] = []
  const used: (ColumnMapping | null)[] = []
  for (const file of all.slice(0, filesLookedInto)) {
    if (signal?.aborted) throw new AppError('CANCELLED', 'Looking into the files was stopped.')
    const looked = await inspectFile(file, mapping, nameIn(sources, file.path))
    files.push(looked.file)
    used.push(looked.mapping)
  }
  return {
    files,
    moreFiles: all.length - files.length,
    layouts: detectionOrder.map((format) => ({
      format,
      roles: [
        ...columnRoles[format].map(({ role, required }) => ({ role, required })),
        { role: checkRole, required: false },
      ],
    })),
    ownSplit: all.some(({ split }) => split !== null),
    twoAnswers: used.every(
      (m) => m?.columns['rejected'] !== undefined || m?.columns['generated'] !== undefined,
    ),
  }
}

async function inspectFile(
  file: SourceFile,
  given: ColumnMapping | null,
  name: string,
): Promise<{ file: DatasetFile; mapping: ColumnMapping | null }> {
  const { path, bytes, kind, split } = file
  const nothing = { path, name, bytes, kind, split, detected: null, columns: [], sample: [] }
  try {
    const rows = await firstRows(file)
    const records = rows.flatMap((row) => ('record' in row ? [row.record] : []))
    if (records.length === 0) {
      const problem =
        bytes === 0
          ? engineLogWords.fileEmpty(name)
          : engineLogWords.fileWithoutRows(name) + firstProblem(rows)
      return { file: { ...nothing, problem }, mapping: null }
    }
    const columns = [...new Set(records.flatMap((record) => Object.keys(record)))]
    const { mapping, problem } = mappingOf(given, path, columns, records)
    const sample = mapping === null ? [] : rows.slice(0, rowsShown).map((row) => sampleRow(row, mapping))
    const detected = detectMapping(columns, records)
    return {
      file: { ...nothing, detected, columns: summarizeColumns(records), sample, problem },
      mapping,
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { file: { ...nothing, problem: error.message }, mapping: null }
  }
}

/** Enough rows to recognise the layout, as they stand in the file. */
async function firstRows(file: SourceFile): Promise<SourceRow[]> {
  const rows: SourceRow[] = []
  let records = 0
  for await (const batch of readSource(file, null)) {
    for (const row of batch.rows) {
      if (records >= recordsForDetection) break
      if ('record' in row) records += 1
      else if (rows.length >= recordsForDetection) continue
      rows.push(row)
    }
    if (records >= recordsForDetection || batch.bytesRead > maxBytesRead) break
  }
  return rows
}

function mappingOf(
  given: ColumnMapping | null,
  path: string,
  columns: readonly string[],
  records: readonly Record<string, unknown>[],
): { mapping: ColumnMapping | null; problem: string | null } {
  try {
    return { mapping: chooseMapping(given, path, columns, records), problem: null }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { mapping: null, problem: error.message }
  }
}

function sampleRow(row: SourceRow, mapping: ColumnMapping): SampleRow {
  if (!('record' in row)) return { kind: 'dropped', ...row }
  try {
    const { prompt, answer } = datasetRowOf(row.record, mapping)
    return {
      kind: 'kept',
      row: row.row,
      prompt: shorten(lastQuestion(prompt), charactersShown),
      answer: shorten(answer, charactersShown),
    }
  } catch (error) {
    if (!(error instanceof RowProblem)) throw error
    return { kind: 'dropped', row: row.row, reason: error.reason, detail: error.message }
  }
}

const lastQuestion = (prompt: readonly Message[]): string =>
  prompt.findLast(({ role }) => role === 'user')?.content ?? ''

function firstProblem(rows: readonly SourceRow[]): string {
  const broken = rows.find((row) => 'reason' in row)
  return broken === undefined ? '' : engineLogWords.brokenRow(broken.row, broken.detail)
}

/** "train.jsonl", or "data/train.jsonl" below a folder that was chosen. */
function nameIn(sources: readonly string[], path: string): string {
  const folder = sources
    .map((source) => resolve(source))
    .find((source) => path.startsWith(source) && path !== source)
  return folder === undefined ? basename(path) : `${basename(folder)}/${relative(folder, path)}`
}
