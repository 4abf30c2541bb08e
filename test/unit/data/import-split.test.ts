import { readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readDatasetRows } from '../../../src/engine/data/dataset-rows.ts'
import { fileSha256 } from '../../../src/engine/data/row-identity.ts'
import { duckDb, promptRows, runImport, testFolder, toJsonLines } from './dataset-fixture.ts'

const folder = testFolder()
const ids = async (path: string) => (await readDatasetRows(path)).map((r) => r.id)

test('the split depends on seed and prompt, not on the order of the rows', async () => {
  const rows = promptRows(2000)
  const a = await runImport({
    sources: [folder.write('a.jsonl', toJsonLines(rows))],
    outDir: folder.path('a'),
  })
  const b = await runImport({
    sources: [folder.write('b.jsonl', toJsonLines(rows.toReversed()))],
    outDir: folder.path('b'),
  })
  const c = await runImport({ sources: [folder.path('a.jsonl')], outDir: folder.path('c'), seed: 7 })
  expect((await ids(b.result.testPath)).toReversed()).toEqual(await ids(a.result.testPath))
  expect(await ids(c.result.testPath)).not.toEqual(await ids(a.result.testPath))
  expect(a.result.trainRows + a.result.testRows).toBe(2000)
  // 2000 draws at 0.1: a standard deviation of 13.4 rows; five of them.
  expect(Math.abs(a.result.testRows - 200)).toBeLessThan(67)
  expect(new Set([...(await ids(a.result.trainPath)), ...(await ids(a.result.testPath))]).size).toBe(2000)
})

test('rows keep the order of the source, and a second run writes the same bytes', async () => {
  const source = folder.write('order.jsonl', toJsonLines(promptRows(40_000)))
  const first = await runImport({ sources: [source], outDir: folder.path('order-1') })
  const second = await runImport({ sources: [source], outDir: folder.path('order-2') })
  const numbers = (await readDatasetRows(first.result.trainPath)).map((r) =>
    Number(/\d+/.exec(r.answer)?.[0]),
  )
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
  expect(await fileSha256(second.result.trainPath)).toBe(await fileSha256(first.result.trainPath))
})

test('a folder with its own train and test files keeps its split', async () => {
  folder.write('own/data/train_sft-00000.jsonl', toJsonLines(promptRows(30)))
  folder.write('own/data/train_sft-00001.jsonl', toJsonLines(promptRows(30, 30)))
  folder.write('own/data/test_sft-00000.jsonl', toJsonLines(promptRows(5, 100)))
  folder.write('own/dataset_infos.json', '{}')
  const { result } = await runImport({ sources: [folder.path('own')], outDir: folder.path('own-out') })
  expect(result).toMatchObject({ trainRows: 60, testRows: 5 })
})

test('a prompt that is in the test file is not trained on', async () => {
  folder.write('leak/test.jsonl', toJsonLines(promptRows(5)))
  folder.write('leak/train.jsonl', toJsonLines(promptRows(10)))
  const { result } = await runImport({ sources: [folder.path('leak')], outDir: folder.path('leak-out') })
  expect(result).toMatchObject({ trainRows: 5, testRows: 5, dropped: { 'duplicate-prompt': 5 } })
})

test('files named train alone are divided by hash', async () => {
  folder.write('half/train.jsonl', toJsonLines(promptRows(500)))
  const { result } = await runImport({
    sources: [folder.path('half')],
    outDir: folder.path('half-out'),
    testShare: 0.5,
  })
  expect(result.testRows).toBeGreaterThan(150)
})

test('a share that would hold out no row of a small dataset holds out one', async () => {
  const source = folder.write('small.jsonl', toJsonLines(promptRows(3)))
  const { result } = await runImport({ sources: [source], outDir: folder.path('small'), testShare: 0.0001 })
  expect(result).toMatchObject({ trainRows: 2, testRows: 1 })
  expect(new Set([...(await ids(result.trainPath)), ...(await ids(result.testPath))]).size).toBe(3)
})

test('limit keeps the first train rows by hash: a smaller limit is a subset of a larger one', async () => {
  const source = folder.write('limit.jsonl', toJsonLines(promptRows(1000)))
  const some = await runImport({ sources: [source], outDir: folder.path('limit-50'), limit: 50 })
  const more = await runImport({ sources: [source], outDir: folder.path('limit-100'), limit: 100 })
  expect(some.result.trainRows).toBe(50)
  expect(more.result.trainRows).toBe(100)
  const larger = new Set(await ids(more.result.trainPath))
  expect((await ids(some.result.trainPath)).every((id) => larger.has(id))).toBe(true)
  expect(some.result.testRows).toBe(more.result.testRows)
})

test('the same request on unchanged files returns the stored result without writing', async () => {
  const source = folder.write('again.jsonl', toJsonLines([...promptRows(50), { prompt: '', response: 'x' }]))
  const request = { sources: [source], outDir: folder.path('again') }
  const first = await runImport(request)
  const stamp = statSync(first.result.trainPath).mtimeMs
  const second = await runImport(request)
  expect(second.result).toEqual(first.result)
  expect(second.logs[0]?.message).toContain('Already imported')
  expect(statSync(first.result.trainPath).mtimeMs).toBe(stamp)
})

test('a changed source, a changed setting or a damaged output is imported again', async () => {
  const source = folder.write('changed.jsonl', toJsonLines(promptRows(50)))
  const request = { sources: [source], outDir: folder.path('changed') }
  const first = await runImport(request)
  const sha256 = await fileSha256(first.result.trainPath)
  writeFileSync(first.result.trainPath, readFileSync(first.result.trainPath).subarray(10))
  await runImport(request)
  expect(await fileSha256(first.result.trainPath)).toBe(sha256)
  expect((await runImport({ ...request, seed: 1 })).result.testPath).toBe(first.result.testPath)
  writeFileSync(source, toJsonLines(promptRows(51)))
  utimesSync(source, 1, 1)
  expect((await runImport(request)).result.readRows).toBe(51)
})

test('importing a folder into itself does not read the result of the first time', async () => {
  folder.write('self/rows.jsonl', toJsonLines(promptRows(20)))
  const request = { sources: [folder.path('self')], outDir: folder.path('self') }
  expect((await runImport(request)).result.readRows).toBe(20)
  expect((await runImport({ ...request, seed: 3 })).result.readRows).toBe(20)
  expect(readdirSync(folder.path('self')).sort()).toEqual([
    'dropped.jsonl',
    'import.json',
    'rows.jsonl',
    'test.parquet',
    'train.parquet',
  ])
})

test('cancelling ends with CANCELLED and leaves nothing behind', async () => {
  const source = folder.write('cancel.jsonl', toJsonLines(promptRows(20_000)))
  const cancel = new AbortController()
  cancel.abort()
  await expect(
    runImport({ sources: [source], outDir: folder.path('cancel') }, cancel.signal),
  ).rejects.toMatchObject({ code: 'CANCELLED' })
  expect(readdirSync(folder.path('cancel'))).toEqual([])
})

test('progress ends at the number of rows that were read', async () => {
  const source = folder.write('progress.jsonl', toJsonLines(promptRows(5000)))
  const { progress } = await runImport({ sources: [source], outDir: folder.path('progress') })
  expect(progress.find((p) => p.stage === 'Reading rows' && p.done === 5000)).toMatchObject({
    total: 5000,
    unit: 'rows',
  })
  expect(progress.every((p) => p.done <= p.total)).toBe(true)
})

test('published files are read: real and generated alone, and the older chosen and rejected', async () => {
  const turns = (answer: string) =>
    `[{'role': 'user', 'content': 'q' || i}, {'role': 'assistant', 'content': '${answer}' || i}]`
  for (const [real, generated] of [
    ['real', 'generated'],
    ['chosen', 'rejected'],
  ]) {
    const path = folder.path(`published-${real}.parquet`)
    await duckDb(
      `COPY (SELECT ${turns(' a')} AS ${real}, ${turns('')} AS ${generated} FROM range(3) t(i)) TO '${path}'`,
    )
    const rows = await readDatasetRows(path)
    expect(rows.map((r) => [r.answer, r.check])).toEqual([
      [' a0', null],
      [' a1', null],
      [' a2', null],
    ])
    expect(rows[0]?.id).toMatch(/^[0-9a-f]{16}$/)
  }
})

test('a Parquet file without these columns is refused by name, a missing one as missing', async () => {
  await duckDb(`COPY (SELECT 1 AS a) TO '${folder.path('other.parquet')}'`)
  await expect(readDatasetRows(folder.path('other.parquet'))).rejects.toMatchObject({
    code: 'DATASET_UNMAPPED',
  })
  await expect(readDatasetRows(folder.path('none.parquet'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
})
