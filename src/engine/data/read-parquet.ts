import { AppError } from '../../contract/errors.ts'
import { duckDbReadError, openDuckDb, sqlName, sqlPath, sqlText } from './duckdb-session.ts'

export interface ParquetBatch {
  /** One JSON object a row, in file order. */
  json: string[]
  totalRows: number
}

/**
 * Streams a Parquet file's rows as JSON text, which is the fastest way out of DuckDB for nested columns (twice the
 * rate of its value objects) and gives every column type a form. `columns`: those of them that the file has; null = all.
 * Errors: FILE_NOT_FOUND, FILE_UNREADABLE.
 */
export async function* readParquetRecords(
  path: string,
  columns: readonly string[] | null,
): AsyncGenerator<ParquetBatch> {
  const session = await openDuckDb()
  try {
    const source = `read_parquet(${sqlPath(path)})`
    const present = await columnNames(session.connection, source)
    const totalRows = await session.connection.runAndReadAll(`SELECT count(*) FROM ${source}`)
    const wanted = columns === null ? present : present.filter((name) => columns.includes(name))
    const fields = wanted.map((name) => `${sqlText(name)}: ${sqlName(name)}`).join(', ')
    const result = await session.connection.stream(`SELECT to_json({${fields}})::VARCHAR FROM ${source}`)
    const total = Number(totalRows.getRows()[0]?.[0] ?? 0)
    for (;;) {
      const chunk = await result.fetchChunk()
      if (chunk === null || chunk.rowCount === 0) break
      yield { json: chunk.getColumnValues(0) as string[], totalRows: total }
    }
  } catch (error) {
    throw parquetError(error, path)
  } finally {
    session.close()
  }
}

/** How many rows the files have together, from their footers. Errors as above. */
export async function parquetRowCount(paths: readonly string[]): Promise<number> {
  const session = await openDuckDb()
  let reading = ''
  try {
    let rows = 0
    for (const path of paths) {
      reading = path
      const counted = await session.connection.runAndReadAll(
        `SELECT count(*) FROM read_parquet(${sqlPath(path)})`,
      )
      rows += Number(counted.getRows()[0]?.[0] ?? 0)
    }
    return rows
  } catch (error) {
    throw parquetError(error, reading)
  } finally {
    session.close()
  }
}

export async function parquetColumns(path: string): Promise<string[]> {
  const session = await openDuckDb()
  try {
    return await columnNames(session.connection, `read_parquet(${sqlPath(path)})`)
  } catch (error) {
    throw parquetError(error, path)
  } finally {
    session.close()
  }
}

/** One row as JSON text, and how many there are; `row` counts from 0, null beyond the last. Errors as above. */
export async function readParquetRow(
  path: string,
  row: number,
): Promise<{ json: string | null; totalRows: number }> {
  const session = await openDuckDb()
  try {
    const source = `read_parquet(${sqlPath(path)})`
    const fields = (await columnNames(session.connection, source))
      .map((name) => `${sqlText(name)}: ${sqlName(name)}`)
      .join(', ')
    const total = await session.connection.runAndReadAll(`SELECT count(*) FROM ${source}`)
    const found = await session.connection.runAndReadAll(
      `SELECT to_json({${fields}})::VARCHAR FROM ${source} LIMIT 1 OFFSET ${Math.trunc(row)}`,
    )
    const json = found.getRows()[0]?.[0]
    return { json: typeof json === 'string' ? json : null, totalRows: Number(total.getRows()[0]?.[0] ?? 0) }
  } catch (error) {
    throw parquetError(error, path)
  } finally {
    session.close()
  }
}

async function columnNames(
  connection: Awaited<ReturnType<typeof openDuckDb>>['connection'],
  source: string,
): Promise<string[]> {
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${source}`)
  return described.getRows().map((row) => String(row[0]))
}

function parquetError(error: unknown, path: string): unknown {
  if (error instanceof Error && /No files found/.test(error.message)) {
    return new AppError('FILE_NOT_FOUND', `Expected a Parquet file at ${path}, found none. Check the path.`, {
      path,
    })
  }
  return duckDbReadError(error, path, 'a whole Parquet file')
}
