import { join } from 'node:path'
import type { LogEvent, Progress } from '../../../contract/engine.ts'
import { leaderboardTasks } from '../../../contract/benchmarks.ts'
import { benchmarkWords } from '../../../strings/benchmarks.ts'
import { isWhole, type DownloadOptions } from '../../downloads/download-file.ts'
import { pacedDownload } from '../../downloads/paced-download.ts'
import { findFiles, type PlacedFile } from './find-files.ts'
import { hubDatasets } from './hub-datasets.ts'

export type FetchEvent = Progress | LogEvent | { kind: 'done'; files: number }

export interface FetchOptions extends Pick<DownloadOptions, 'maxFailures' | 'retryMs'> {
  dataDir: string
  tasks: readonly string[]
  /** Address of the hub or of a mirror. */
  base: string
  signal: AbortSignal
}

const megabyte = 1e6

/**
 * Fetches the rows of tasks into the data folder, a folder a dataset. Files that are there whole stay; an interrupted one goes
 * on where it stopped. Throws FILE_NOT_FOUND, FILE_UNREADABLE, DISK_FULL.
 */
export async function* fetchBenchmarkData(options: FetchOptions): AsyncGenerator<FetchEvent> {
  const { tasks, base, signal } = options
  const known = leaderboardTasks.filter((task) => tasks.includes(task))
  const own = tasks.filter((task) => !known.some((name) => name === task))
  for (const task of own) yield { kind: 'log', level: 'info', message: benchmarkWords.ownTask(task) }
  const found: { dataset: string; files: PlacedFile[] }[] = []
  for (const [done, task] of known.entries()) {
    yield progress(benchmarkWords.listingFiles, done, known.length, benchmarkWords.units.files, null)
    const source = hubDatasets[task]
    found.push({ dataset: source.dataset, files: await findFiles(base, source, signal) })
  }
  let files = 0
  for (const { dataset, files: list } of found) {
    for (const placed of list) {
      files += yield* fetchOne(dataset, placed, options)
    }
  }
  yield { kind: 'done', files }
}

/** Returns how many files were fetched: 1, or 0 for one that is there. */
async function* fetchOne(
  dataset: string,
  { file, place }: PlacedFile,
  { dataDir, signal, maxFailures, retryMs }: FetchOptions,
): AsyncGenerator<FetchEvent, number> {
  const path = join(dataDir, ...place.split('/'))
  const total = file.bytes / megabyte
  if (await isWhole(file, path, signal)) {
    yield { kind: 'log', level: 'info', message: benchmarkWords.alreadyThere(place) }
    return 0
  }
  for await (const { bytes, rate } of pacedDownload(file, path, { signal, maxFailures, retryMs }))
    yield progress(
      benchmarkWords.fetching(dataset),
      bytes / megabyte,
      total,
      benchmarkWords.units.megabytes,
      rate === null ? null : rate / megabyte,
    )
  yield { kind: 'log', level: 'info', message: benchmarkWords.fetched(place, total) }
  return 1
}

const progress = (
  stage: string,
  done: number,
  total: number,
  unit: string,
  rate: number | null,
): Progress => ({ kind: 'progress', stage, done, total, unit, rate, tokensPerSecond: null })
