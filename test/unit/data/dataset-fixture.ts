import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { mkdirSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll } from 'vitest'
import type { ImportRequest, ImportResult, LogEvent, Progress } from '../../../src/contract/engine.ts'
import type { DroppedRow } from '../../../src/contract/engine.ts'
import { importDataset } from '../../../src/engine/data/import-dataset.ts'

/** A folder of its own for one test file, removed behind it. */
export function testFolder(): {
  path: (...parts: string[]) => string
  write: (name: string, content: string | Uint8Array) => string
} {
  const root = mkdtempSync(join(tmpdir(), 'spin-data-'))
  afterAll(() => rmSync(root, { recursive: true, force: true }))
  return {
    path: (...parts) => join(root, ...parts),
    write(name, content) {
      const path = join(root, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, content)
      return path
    },
  }
}

export interface ImportRun {
  result: ImportResult
  progress: Progress[]
  logs: LogEvent[]
  dropped: DroppedRow[]
}

export async function runImport(request: ImportRequest, signal?: AbortSignal): Promise<ImportRun> {
  const progress: Progress[] = []
  const logs: LogEvent[] = []
  let result: ImportResult | null = null
  for await (const event of importDataset(request, signal)) {
    if (event.kind === 'progress') progress.push(event)
    else if (event.kind === 'log') logs.push(event)
    else result = event
  }
  if (result === null) throw new Error('the import ended without a result')
  return { result, progress, logs, dropped: jsonLines(join(request.outDir, 'dropped.jsonl')) as DroppedRow[] }
}

export function jsonLines(path: string): unknown[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown)
}

export function toJsonLines(rows: readonly unknown[]): string {
  return rows.map((row) => JSON.stringify(row) + '\n').join('')
}

export async function duckDb(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

export const turn = (role: string, content: string) => ({ role, content })

/** Rows in the `prompt`, `response` layout. */
export function promptRows(count: number, from = 0): { prompt: string; response: string }[] {
  return Array.from({ length: count }, (_, i) => ({
    prompt: `Question ${from + i}?`,
    response: `Answer ${from + i}.`,
  }))
}
