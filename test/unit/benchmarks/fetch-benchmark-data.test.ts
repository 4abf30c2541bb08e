import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import {
  fetchBenchmarkData,
  type FetchEvent,
  type FetchOptions,
} from '../../../src/main/benchmarks/hub/fetch-benchmark-data.ts'
import { serveHub, type HubFiles } from './hub-server.ts'
import { temporaryFolder } from './question-fixture.ts'

const bytesOf = (length: number, seed: number) =>
  Buffer.from(Array.from({ length }, (_, i) => (i * 31 + seed * 7) % 251))
const arc = {
  train: bytesOf(300_000, 1),
  validation: bytesOf(500, 2),
  test: bytesOf(2_000_000, 3),
}
const arcPath = (split: string) => `ARC-Challenge/${split}-00000-of-00001.parquet`
const files: HubFiles = {
  'allenai/ai2_arc': {
    main: {
      'README.md': bytesOf(100, 4),
      'ARC-Easy/test-00000-of-00001.parquet': bytesOf(5000, 5),
      [arcPath('train')]: arc.train,
      [arcPath('validation')]: arc.validation,
      [arcPath('test')]: arc.test,
    },
  },
  // A dataset whose authors have another format: the hub's conversion is read.
  'allenai/winogrande': {
    main: { 'winogrande.py': bytesOf(100, 6) },
    'refs/convert/parquet': {
      'winogrande_xl/train/0000.parquet': bytesOf(4000, 7),
      'winogrande_xl/train/0001.parquet': bytesOf(4000, 8),
      'winogrande_xl/validation/0000.parquet': bytesOf(4000, 9),
      'winogrande_l/validation/0000.parquet': bytesOf(4000, 10),
    },
  },
}

async function fetchAll(
  more: Partial<FetchOptions> & Pick<FetchOptions, 'base' | 'dataDir'>,
): Promise<FetchEvent[]> {
  const events: FetchEvent[] = []
  const { signal } = new AbortController()
  for await (const event of fetchBenchmarkData({ tasks: ['arc_challenge'], signal, retryMs: 1, ...more }))
    events.push(event)
  return events
}
const done = (events: readonly FetchEvent[]) => events.at(-1)

test('the files of a task lie as on the hub, and fetching again brings nothing', async () => {
  const hub = await serveHub(files)
  const dataDir = temporaryFolder()
  const events = await fetchAll({ base: hub.base, dataDir, tasks: ['arc_challenge', 'my-own-task'] })
  expect(done(events)).toEqual({ kind: 'done', files: 3 })
  for (const split of ['train', 'validation', 'test'] as const) {
    const path = join(dataDir, 'ai2_arc', arcPath(split))
    expect(readFileSync(path).equals(arc[split])).toBe(true)
    expect(existsSync(`${path}.part`)).toBe(false)
  }
  expect(existsSync(join(dataDir, 'ai2_arc', 'ARC-Easy'))).toBe(false)
  expect(events).toContainEqual(
    expect.objectContaining({ kind: 'log', message: expect.stringContaining('my-own-task') }),
  )
  expect(events).toContainEqual(expect.objectContaining({ kind: 'progress', total: 2, unit: 'MB' }))
  const before = hub.requests.length
  expect(done(await fetchAll({ base: hub.base, dataDir }))).toEqual({ kind: 'done', files: 0 })
  expect(hub.requests).toHaveLength(before)
})

test('where the authors have no Parquet, the hub’s own conversion is fetched under the same kind of names', async () => {
  const hub = await serveHub(files)
  const dataDir = temporaryFolder()
  await fetchAll({ base: hub.base, dataDir, tasks: ['winogrande'] })
  for (const name of ['train-00000-of-00002', 'train-00001-of-00002', 'validation-00000-of-00001'])
    expect(existsSync(join(dataDir, 'winogrande', 'winogrande_xl', `${name}.parquet`)), name).toBe(true)
})

test('a broken connection is taken up where it broke', async () => {
  const hub = await serveHub(files)
  const dataDir = temporaryFolder()
  hub.cut(arcPath('test'), 700_000)
  expect(done(await fetchAll({ base: hub.base, dataDir }))).toEqual({ kind: 'done', files: 3 })
  const ranges = hub.requests.filter(({ path, range }) => path.startsWith('/store') && range !== null)
  expect(ranges).toHaveLength(1)
  expect(Number(/^bytes=(\d+)-$/.exec(ranges[0]!.range!)![1])).toBeGreaterThan(0)
  expect(readFileSync(join(dataDir, 'ai2_arc', arcPath('test'))).equals(arc.test)).toBe(true)
})

test('what was fetched before the program ended is kept for the next time', async () => {
  const hub = await serveHub(files)
  const dataDir = temporaryFolder()
  const path = join(dataDir, 'ai2_arc', arcPath('test'))
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.part`, arc.test.subarray(0, 1_234_567))
  await fetchAll({ base: hub.base, dataDir })
  expect(hub.requests).toContainEqual({
    path: `/store/datasets/allenai/ai2_arc/resolve/main/${arcPath('test')}`,
    range: 'bytes=1234567-',
  })
  expect(readFileSync(path).equals(arc.test)).toBe(true)
})

test('a reader that stops leaves a part, under no finished name', async () => {
  const hub = await serveHub(files)
  const dataDir = temporaryFolder()
  const abort = new AbortController()
  const path = join(dataDir, 'ai2_arc', arcPath('train'))
  const reading = async () => {
    for await (const event of fetchBenchmarkData({
      base: hub.base,
      dataDir,
      tasks: ['arc_challenge'],
      signal: abort.signal,
    }))
      if (event.kind === 'progress' && event.unit === 'MB') abort.abort()
  }
  await expect(reading()).rejects.toThrow(/abort/i)
  expect(existsSync(path)).toBe(false)
  expect(done(await fetchAll({ base: hub.base, dataDir }))).toMatchObject({ kind: 'done' })
  expect(readFileSync(path).equals(arc.train)).toBe(true)
})

test('a server without ranges sends the whole again, and the file is whole', async () => {
  const hub = await serveHub(files, { ignoresRanges: true })
  const dataDir = temporaryFolder()
  hub.cut(arcPath('test'), 700_000)
  await fetchAll({ base: hub.base, dataDir })
  expect(readFileSync(join(dataDir, 'ai2_arc', arcPath('test'))).equals(arc.test)).toBe(true)
})

test('other bytes than the hub lists never get the file’s name', async () => {
  for (const split of ['validation', 'test']) {
    const hub = await serveHub(files, { corrupts: arcPath(split) })
    const dataDir = temporaryFolder()
    await expect(fetchAll({ base: hub.base, dataDir })).rejects.toThrow(
      /is not what its server lists: expected (sha256|git-sha1)/,
    )
    const path = join(dataDir, 'ai2_arc', arcPath(split))
    expect([existsSync(path), existsSync(`${path}.part`)]).toEqual([false, false])
  }
})

test('a hub that is not there, has not the dataset, or is no hub, is told with what to do', async () => {
  const dataDir = temporaryFolder()
  const nobody = { base: 'http://127.0.0.1:9', dataDir }
  await expect(fetchAll(nobody)).rejects.toThrow(
    /127\.0\.0\.1:9 cannot be reached.*put the files into the data folder/s,
  )
  const empty = await serveHub({})
  await expect(fetchAll({ base: empty.base, dataDir })).rejects.toThrow(
    'Expected Parquet files of allenai/ai2_arc (ARC-Challenge: train, validation, test)',
  )
  const hub = await serveHub(files)
  hub.cut(arcPath('train'), 10)
  await expect(fetchAll({ base: hub.base, dataDir, maxFailures: 1 })).rejects.toThrow(/cannot be reached/)
})
