import { open } from 'node:fs/promises'
import { AppError } from '../../contract/errors.ts'
import { fileError } from './atomic-file.ts'
import { CsvRecordScanner, csvDelimiter, csvFields } from './csv-record.ts'
import type { SourceRecord } from './detect-format.ts'
import { JsonValueScanner } from './json-value-scanner.ts'
import { readParquetRecords } from './read-parquet.ts'
import { LineScanner, maxRowBytes, readRecords } from './record-reader.ts'
import type { RecordBatch, RecordScanner, TextRecord } from './record-reader.ts'
import type { SourceFile } from './source-files.ts'
import type { DropReason } from './validate-row.ts'
import { count } from '../../strings/amounts.ts'

/** A row of a source file as columns, or why it could not be read. `row` is 1-based (in JSON Lines: the line). */
export type SourceRow =
  | { row: number; record: SourceRecord }
  | { row: number; reason: DropReason; detail: string }

export interface SourceBatch {
  rows: SourceRow[]
  bytesRead: number
}

/**
 * Streams the rows of one file in their order. `columns`: only these are needed (Parquet reads no others).
 * Broken rows come as reasons; a file that can't be read at all is an AppError FILE_UNREADABLE.
 *
 * CSV is split here and not by DuckDB's reader: measured on 1.5.6, that one does not return from a quoted field of
 * 70 MB, loses rows without a reject for lines beyond its buffer, and reads no row at all of some files with mixed
 * line ends; none of that can be told from a good read.
 */
export async function* readSource(
  file: SourceFile,
  columns: readonly string[] | null,
): AsyncGenerator<SourceBatch> {
  switch (file.kind) {
    case 'parquet':
      return yield* readParquetSource(file, columns)
    case 'csv':
      return yield* readCsv(file)
    case 'jsonl':
      return yield* readJson(file, new LineScanner())
    case 'json':
      return yield* readJson(file, await jsonScanner(file.path))
  }
}

/** The columns of a file and its first readable rows, for detection. */
export async function peekSource(file: SourceFile): Promise<{ columns: string[]; sample: SourceRecord[] }> {
  const wanted = 50
  const sample: SourceRecord[] = []
  const columns = new Set<string>()
  for await (const batch of readSource(file, null)) {
    for (const row of batch.rows) {
      if (!('record' in row) || sample.length >= wanted) continue
      sample.push(row.record)
      for (const name of Object.keys(row.record)) columns.add(name)
    }
    if (sample.length >= wanted) break
  }
  return { columns: [...columns], sample }
}

async function* readParquetSource(
  file: SourceFile,
  columns: readonly string[] | null,
): AsyncGenerator<SourceBatch> {
  let row = 0
  for await (const batch of readParquetRecords(file.path, columns)) {
    const rows = batch.json.map((json): SourceRow => {
      row += 1
      // Characters, not bytes: the text is in memory already, and counting bytes would read it all once more.
      if (json.length > maxRowBytes) {
        return {
          row,
          reason: 'too-large',
          detail: `${count(json.length)} characters, at most ${count(maxRowBytes)} are read`,
        }
      }
      return parsedRow(row, json)
    })
    yield {
      rows,
      bytesRead: batch.totalRows === 0 ? file.bytes : Math.floor((row / batch.totalRows) * file.bytes),
    }
  }
}

async function* readJson(file: SourceFile, scanner: RecordScanner): AsyncGenerator<SourceBatch> {
  for await (const batch of readRecords(file.path, scanner)) yield mapBatch(batch, jsonRow)
}

async function* readCsv(file: SourceFile): AsyncGenerator<SourceBatch> {
  const head = await firstCharacters(file.path)
  const delimiter = csvDelimiter(head.split(/\r?\n/, 1)[0] ?? '')
  let header: string[] | null = null
  for await (const batch of readRecords(file.path, new CsvRecordScanner(delimiter))) {
    if (header === null) {
      const first = batch.records.shift()
      if (first === undefined) continue
      if (!('text' in first)) {
        throw new AppError(
          'FILE_UNREADABLE',
          `Expected column names in the first line of ${file.path}, found: ${first.detail}. Correct that line.`,
          { path: file.path },
        )
      }
      header = csvFields(first.text, delimiter).map((name) => name.trim())
    }
    const names: readonly string[] = header
    yield mapBatch(batch, (record, text) => csvRow(record - 1, text, names, delimiter), 1)
  }
}

function csvRow(row: number, text: string, header: readonly string[], delimiter: string): SourceRow | null {
  const fields = csvFields(text, delimiter)
  if (fields.length === 1 && fields[0] === '') return null
  if (fields.length !== header.length) {
    return { row, reason: 'unreadable', detail: `expected ${header.length} fields, found ${fields.length}` }
  }
  return { row, record: Object.fromEntries(header.map((name, i) => [name, fields[i]])) }
}

function mapBatch(
  batch: RecordBatch,
  parse: (row: number, text: string) => SourceRow | null,
  headerRows = 0,
): SourceBatch {
  const rows: SourceRow[] = []
  for (const record of batch.records) {
    const row = isText(record) ? parse(record.row, record.text) : { ...record, row: record.row - headerRows }
    if (row !== null) rows.push(row)
  }
  return { rows, bytesRead: batch.bytesRead }
}

function isText(record: TextRecord): record is { row: number; text: string } {
  return 'text' in record
}

function jsonRow(row: number, json: string): SourceRow | null {
  return json.trim() === '' ? null : parsedRow(row, json)
}

function parsedRow(row: number, json: string): SourceRow {
  try {
    const value: unknown = JSON.parse(json)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { row, reason: 'wrong-type', detail: `expected an object, found ${json.slice(0, 60)}` }
    }
    return { row, record: value as Record<string, unknown> }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { row, reason: 'unreadable', detail: `not JSON: ${jsonProblem(error.message)}` }
  }
}

/** V8 counts lines within the text it was given, which is one row here. */
const jsonProblem = (message: string): string =>
  message.replace(/ \(line \d+ column \d+\)$/, '').slice(0, 160)

/** `.json` is in use for an array of rows, for JSON Lines, and for objects one after another. */
async function jsonScanner(path: string): Promise<RecordScanner> {
  const head = (await firstCharacters(path)).trimStart()
  if (head.startsWith('[')) return new JsonValueScanner('array')
  try {
    JSON.parse(head.split('\n', 1)[0] ?? '')
    return new LineScanner()
  } catch (error) {
    if (error instanceof SyntaxError) return new JsonValueScanner('values')
    throw error
  }
}

async function firstCharacters(path: string): Promise<string> {
  const bytes = Buffer.alloc(256 * 1024)
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw fileError(error, path, 'read')
  })
  try {
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0)
    return bytes.toString('utf8', 0, bytesRead).replace(/^\ufeff/, '')
  } finally {
    await handle.close()
  }
}
