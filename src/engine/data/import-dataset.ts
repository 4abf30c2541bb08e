import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatasetRow, PairRow } from '../../contract/chat.ts'
import { ImportRequest } from '../../contract/engine.ts'
import type { ColumnMapping, DroppedRow, ImportResult, LogEvent, Progress } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { publishFile } from '../files/durable-file.ts'
import { fileError, removeFile } from './atomic-file.ts'
import { chooseMapping } from './detect-format.ts'
import { importManifestName, outputPaths, storeImport, storedImport } from './import-manifest.ts'
import { ImportProgress } from './import-progress.ts'
import { mappedColumns } from './mapping.ts'
import { openRowSpool, publishParquet } from './parquet-writer.ts'
import { peekSource, readSource } from './read-source.ts'
import type { SourceRow } from './read-source.ts'
import { splitRank, testRankLimit, textSha256 } from './row-identity.ts'
import { listSourceFiles } from './source-files.ts'
import type { SourceFile } from './source-files.ts'
import { RowProblem, assertTwoAnswers, datasetRowOf, preferencePairOf } from './validate-row.ts'
import { progressWords } from '../../strings/progress.ts'
import { engineLogWords } from '../../strings/engine-log.ts'
import { count } from '../../strings/amounts.ts'

const droppedName = 'dropped.jsonl'
const exampleCount = 200

/**
 * Reads sources in any known layout and writes `train.parquet`, `test.parquet` and `dropped.jsonl` to `outDir`.
 * With `keepRejected` they are pair files. Rows keep the order of the sources. The same request on unchanged files returns the stored result.
 * Errors: BAD_INPUT, FILE_NOT_FOUND, FILE_UNREADABLE, DATASET_UNMAPPED, DATASET_EMPTY, DISK_FULL, CANCELLED.
 */
export async function* importDataset(
  input: ImportRequest,
  signal?: AbortSignal,
): AsyncGenerator<Progress | LogEvent | ImportResult> {
  const request = parseRequest(input)
  const outNames = [request.trainName, request.testName, droppedName, importManifestName]
  const files = await listSourceFiles(request.sources, request.outDir, outNames)
  const stored = await storedImport(request, files)
  if (stored !== null) {
    yield {
      kind: 'log',
      level: 'info',
      message: engineLogWords.imported(stored.trainRows, stored.testRows),
    }
    yield stored
    return
  }
  yield* importFiles(request, files, signal)
}

async function* importFiles(
  request: Required<ImportRequest>,
  files: readonly SourceFile[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Progress | LogEvent | ImportResult> {
  await mkdir(request.outDir, { recursive: true }).catch((error: unknown) => {
    throw fileError(error, request.outDir, 'write')
  })
  const { trainPath, testPath } = outputPaths(request)
  const train = await openRowSpool(`${trainPath}.rows.tmp`)
  const test = await openRowSpool(`${testPath}.rows.tmp`)
  const dropped = await openDropReport(join(request.outDir, droppedName))
  const ids = new Set<string>()
  const trainRanks: number[] = []
  const rankLimit = testRankLimit(request.testShare)
  const rowOf = request.keepRejected ? preferencePairOf : datasetRowOf
  const kind = request.keepRejected ? 'pairs' : 'dataset'
  let readRows = 0
  let firstMapping: ColumnMapping | null = null
  try {
    const progress = new ImportProgress(files.reduce((sum, f) => sum + f.bytes, 0))
    let bytesOfDoneFiles = 0
    for (const file of files) {
      const { columns, sample } = await peekSource(file)
      if (columns.length === 0) {
        const message = engineLogWords[file.bytes === 0 ? 'fileEmpty' : 'fileWithoutRows'](file.path)
        yield { kind: 'log', level: 'warning', message }
      }
      const mapping = columns.length === 0 ? null : chooseMapping(request.mapping, file.path, columns, sample)
      firstMapping ??= mapping
      if (mapping !== null && request.keepRejected) assertTwoAnswers(mapping, file.path)
      const keep = (source: SourceRow) => {
        readRows += 1
        const outcome =
          mapping === null && 'record' in source
            ? { row: source.row, reason: 'wrong-type' as const, detail: 'the row has no columns' }
            : 'record' in source
              ? validated(source.row, source.record, mapping!, rowOf)
              : source
        if (!('kept' in outcome)) return dropped.add({ source: file.path, ...outcome })
        const row = outcome.kept
        const name = rowName(row)
        if (ids.has(name)) {
          const detail = `the same ${request.keepRejected ? 'pair' : 'prompt'} came before; the first row stays`
          return dropped.add({ source: file.path, row: source.row, reason: 'duplicate-prompt', detail })
        }
        ids.add(name)
        const rank = splitRank(request.seed, name)
        // All pairs of a prompt fall on the same side.
        const split = file.split ?? (splitRank(request.seed, row.id) < rankLimit ? 'test' : 'train')
        if (split === 'test') return test.append(row, rank)
        train.append(row, rank)
        trainRanks.push(rank)
      }
      for await (const batch of readSource(file, mapping === null ? null : mappedColumns(mapping))) {
        if (signal?.aborted) throw cancelled(readRows)
        for (const row of batch.rows) keep(row)
        await train.drain()
        await test.drain()
        await dropped.drain()
        const event = progress.next(readRows, bytesOfDoneFiles + batch.bytesRead)
        if (event !== null) yield event
      }
      bytesOfDoneFiles += file.bytes
    }
    yield progress.finished(progressWords.readingRows, readRows)
    await Promise.all([train.close(), test.close()])
    if (signal?.aborted) throw cancelled(readRows)
    await dropped.publish()
    if (train.rows === 0 && test.rows === 0) throw nothingLeft(request, readRows, dropped)

    const ownSplit = files.some((f) => f.split !== null)
    const moved =
      !ownSplit && request.testShare > 0 && test.rows === 0 && train.rows > 1 ? lowest(trainRanks) : null
    const limit = limitRank(
      trainRanks.filter((rank) => rank !== moved),
      request.limit,
    )
    const testRows = await publishParquet({
      path: testPath,
      kind,
      spools: moved === null ? [test] : [train],
      ...(moved === null ? {} : { where: `rank = ${moved}` }),
    })
    const trainRows = await publishParquet({
      path: trainPath,
      kind,
      spools: [train],
      where: `rank <= ${limit}${moved === null ? '' : ` AND rank <> ${moved}`}`,
    })
    yield progress.finished(progressWords.writingRows, trainRows + testRows)
    const result: ImportResult = {
      kind: 'done',
      mapping: firstMapping!,
      trainPath,
      testPath,
      trainRows,
      testRows,
      readRows,
      dropped: dropped.counts,
      examples: dropped.examples,
    }
    await storeImport(request, files, result)
    yield* splitRemarks(result, request)
    yield result
  } finally {
    await Promise.all([train.discard(), test.discard(), dropped.discard()])
  }
}

function validated(
  row: number,
  record: Readonly<Record<string, unknown>>,
  mapping: ColumnMapping,
  rowOf: (record: Readonly<Record<string, unknown>>, mapping: ColumnMapping) => DatasetRow | PairRow,
): { kept: DatasetRow | PairRow } | Omit<DroppedRow, 'source'> {
  try {
    return { kept: rowOf(record, mapping) }
  } catch (error) {
    if (error instanceof RowProblem) return { row, reason: error.reason, detail: error.message }
    throw error
  }
}

/** What makes two rows the same: the prompt; for pairs both answers too, since a preference set ranks several. */
const rowName = (row: DatasetRow | PairRow): string =>
  'answer' in row ? row.id : textSha256(JSON.stringify([row.id, row.real, row.generated]))

/** `dropped.jsonl` while it grows: every dropped row on disk, the counts and the first of them in memory. */
async function openDropReport(path: string) {
  const temporary = `${path}.tmp`
  const handle = await open(temporary, 'w').catch((error: unknown) => {
    throw fileError(error, path, 'write')
  })
  const counts: ImportResult['dropped'] = {}
  const examples: DroppedRow[] = []
  let pending = ''
  let closed = false
  const flush = async () => {
    const text = pending
    pending = ''
    await handle.writeFile(text).catch((error: unknown) => {
      throw fileError(error, path, 'write')
    })
  }
  return {
    counts,
    examples,
    add(row: DroppedRow): void {
      counts[row.reason] = (counts[row.reason] ?? 0) + 1
      if (examples.length < exampleCount) examples.push(row)
      pending += JSON.stringify(row) + '\n'
    },
    async drain(): Promise<void> {
      if (pending.length > 65536) await flush()
    },
    async publish(): Promise<void> {
      await flush()
      await handle.close()
      closed = true
      await publishFile(temporary, path)
    },
    async discard(): Promise<void> {
      if (closed) return
      await handle.close()
      await removeFile(temporary)
    },
  }
}

function parseRequest(input: ImportRequest): Required<ImportRequest> {
  const parsed = ImportRequest.safeParse(input)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new AppError(
    'BAD_INPUT',
    `Import request: ${issue?.path.join('.')}: ${issue?.message}. Correct this setting.`,
  )
}

function cancelled(readRows: number): AppError {
  return new AppError(
    'CANCELLED',
    `The import was cancelled after ${count(readRows)} rows; nothing was changed.`,
    {
      readRows,
    },
  )
}

function nothingLeft(
  request: Required<ImportRequest>,
  readRows: number,
  dropped: { counts: ImportResult['dropped']; examples: DroppedRow[] },
): AppError {
  const reasons = Object.entries(dropped.counts)
    .map(([reason, n]) => `${reason} ${n}`)
    .join(', ')
  const first = dropped.examples[0]
  const example = first === undefined ? '' : ` First: ${first.source}, row ${first.row}: ${first.detail}.`
  return new AppError(
    'DATASET_EMPTY',
    `Expected at least one usable row in ${request.sources.join(', ')}; read ${count(readRows)}, kept none` +
      `${reasons === '' ? '' : ` (${reasons})`}.${example} See ${join(request.outDir, droppedName)} and correct the source or the mapping.`,
    { readRows },
  )
}

/** The highest rank among the `limit` lowest ones; everything for 0. */
function limitRank(ranks: number[], limit: number): number {
  if (limit === 0 || ranks.length <= limit) return Number.MAX_SAFE_INTEGER
  return Float64Array.from(ranks).sort()[limit - 1]!
}

function lowest(ranks: readonly number[]): number {
  return ranks.reduce((a, b) => Math.min(a, b))
}

function* splitRemarks(result: ImportResult, request: Required<ImportRequest>): Generator<LogEvent> {
  const lost = Object.entries(result.dropped)
  if (lost.length > 0) {
    const message = engineLogWords.dropped(lost, result.readRows, join(request.outDir, droppedName))
    yield { kind: 'log', level: 'warning', message }
  }
  if (result.testRows === 0) yield { kind: 'log', level: 'warning', message: engineLogWords.noHeldOut }
}
