import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { AppError } from '../../contract/errors.ts'
import type { SourceRecord } from './detect-format.ts'
import { parquetRowCount } from './read-parquet.ts'
import { readSource } from './read-source.ts'
import type { SourceFile } from './source-files.ts'

export interface DatasetTable {
  /** In the order of the files. */
  rows: readonly SourceRecord[]
  /** Of the files' bytes in order. */
  sha256: string
}

/**
 * All rows of files that are parts of one table. A row that cannot be read is an error, because the rows behind it would
 * get other numbers. Throws FILE_UNREADABLE, FILE_NOT_FOUND.
 */
export async function readDatasetTable(files: readonly SourceFile[]): Promise<DatasetTable> {
  const rows: SourceRecord[] = []
  const hash = createHash('sha256')
  for (const file of files) {
    for await (const batch of readSource(file, null)) {
      for (const row of batch.rows) {
        if (!('record' in row)) {
          throw new AppError(
            'FILE_UNREADABLE',
            `Expected a row of the dataset in row ${row.row} of ${file.path}, found: ${row.detail}. Fetch the file again.`,
            { path: file.path, row: row.row },
          )
        }
        rows.push(row.record)
      }
    }
    for await (const piece of createReadStream(file.path)) hash.update(piece as Buffer)
  }
  return { rows, sha256: hash.digest('hex') }
}

/** How many rows the files have together; of Parquet without reading them. Errors as above. */
export async function countRows(files: readonly SourceFile[]): Promise<number> {
  const parquet = files.filter(({ kind }) => kind === 'parquet')
  const others = files.filter(({ kind }) => kind !== 'parquet')
  const ofParquet = parquet.length === 0 ? 0 : await parquetRowCount(parquet.map(({ path }) => path))
  return ofParquet + (await readDatasetTable(others)).rows.length
}
