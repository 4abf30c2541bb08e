import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  SampleOrderRequest,
  type SampleFiles,
  type SampleQuery,
} from '../../../src/contract/samples-engine.ts'
import { sqlText, withDuckDb } from '../../../src/engine/data/duckdb-session.ts'
import { writePairsParquet } from '../../../src/engine/data/parquet-writer.ts'
import { closeSamples, sampleLines, sampleOrder, sampleRows } from '../../../src/engine/data/samples.ts'
import { margins, pairs, writeSampleFiles } from './sample-files.ts'

const home = mkdtempSync(join(tmpdir(), 'spin-sample-test-'))
let files: SampleFiles & { answersPath: string }
beforeAll(async () => {
  files = await writeSampleFiles(home)
})
afterAll(async () => {
  await closeSamples()
  rmSync(home, { recursive: true })
})

const order = (query: Partial<SampleQuery> & { flagged?: string[] } = {}, of: SampleFiles = files) =>
  sampleOrder(SampleOrderRequest.parse({ ...of, ...query }))
/** The ids in order. */
async function ids(query: Parameters<typeof order>[0]): Promise<string> {
  return [...(await order(query)).rows].map((row) => pairs[row]!.id).join('')
}

test('rows are ordered by margin, by the longer answer, or as the file has them; unknown margins come last', async () => {
  expect(await ids({ sort: 'largest-margin' })).toBe('dacbe')
  expect(await ids({ sort: 'smallest-margin' })).toBe('bcade')
  expect(await ids({ sort: 'longest' })).toBe('badec')
  expect(await ids({ sort: 'shortest' })).toBe('cedab')
  expect(await ids({ sort: 'file' })).toBe('abcde')
  const byMargin = await order()
  expect([...byMargin.margins]).toEqual([4, 1.5, 0, -0.25, Number.NaN])
  expect([...byMargin.lengths]).toEqual([19, 21, 5, 39, 6])
})

test('a search may hold anything that can be pasted', async () => {
  for (const search of ["it's", 'a\0b', "'; DROP TABLE sample; --", '%_\\'])
    expect((await order({ search })).total).toBe(pairs.length)
})

test('each filter leaves its rows, and every answer says how many each would leave', async () => {
  const flagged = ['b', 'e', 'of another iteration']
  expect(await ids({ filter: 'wins' })).toBe('da')
  expect(await ids({ filter: 'loses' })).toBe('b')
  expect(await ids({ filter: 'equal' })).toBe('c')
  expect(await ids({ filter: 'capped' })).toBe('d')
  expect(await ids({ filter: 'flagged', flagged })).toBe('be')
  expect(await ids({ filter: 'flagged' })).toBe('')
  const { counts, total } = await order({ filter: 'wins', flagged })
  expect({ counts, total }).toEqual({
    counts: { all: 5, wins: 2, loses: 1, equal: 1, capped: 1, flagged: 2 },
    total: 5,
  })
})

test('a search finds prompts, both answers, the new model’s answer and ids, whatever the case', async () => {
  expect(await ids({ search: 'is it warm' })).toBe('b')
  expect(await ids({ search: 'MY TENT' })).toBe('a')
  expect(await ids({ search: 'äpfel' })).toBe('e')
  expect(await ids({ search: 'ÄH, JA' })).toBe('e')
  expect(await ids({ search: 'depot' })).toBe('a')
  expect(await ids({ search: 'isn’t it' })).toBe('b')
  expect(await ids({ search: '"brief"', sort: 'file' })).toBe('abcde')
  expect(await ids({ search: 'd' })).toBe('dab') // an id, and in two texts
  expect(await ids({ search: "'; DROP TABLE sample; --" })).toBe('')
  expect((await order({ search: '1, 2', filter: 'wins' })).counts).toEqual({
    all: 1,
    wins: 1,
    loses: 0,
    equal: 0,
    capped: 1,
    flagged: 0,
  })
})

test('rows come whole and in the order asked; a side that is not there is null', async () => {
  const rows = await sampleRows({ ...files, rows: [3, 4, 0, 99] })
  expect(rows.map(({ id }) => id)).toEqual(['d', 'e', 'a'])
  const [d, e, a] = rows
  expect(d).toEqual({
    row: 3,
    id: 'd',
    prompt: pairs[3]!.prompt,
    real: pairs[3]!.real,
    generated: pairs[3]!.generated,
    generatedFinish: 'length',
    answer: '1, 2, 3',
    answerFinish: 'length',
    score: { id: 'd', realReward: 4.5, generatedReward: 0.5, margin: 4, realTokens: 5, generatedTokens: 7 },
  })
  expect(e).toMatchObject({ answer: null, score: null })
  expect(a).toMatchObject({ answer: 'In the depot', answerFinish: 'stop', generatedFinish: 'stop' })
  expect(await sampleLines({ ...files, rows: [0] })).toEqual([{ row: 0, id: 'a', line: 'Where is my tent?' }])
})

test('without an evaluation the pairs are there without margins; the next iteration’s pairs give the new answers', async () => {
  const next = join(home, 'next.parquet')
  await writePairsParquet(next, [{ ...pairs[1]!, generated: 'Newer', finishReason: 'length' }])
  const bare = { pairsPath: files.pairsPath, answersPath: next, scoresPath: null }
  const { rows, margins: unknown, counts } = await order({}, bare)
  expect([...rows]).toEqual([0, 1, 2, 3, 4])
  expect([...unknown].every(Number.isNaN)).toBe(true)
  expect(counts).toMatchObject({ all: 5, wins: 0, loses: 0, equal: 1 })
  const found = await sampleRows({ ...bare, rows: [1, 2] })
  expect(found).toMatchObject([
    { answer: 'Newer', answerFinish: 'length', score: null },
    { answer: null, score: null },
  ])
})

test('a file that was made again is read again', async () => {
  const pairsPath = join(home, 'changing.parquet')
  const changing = { pairsPath, answersPath: null, scoresPath: null }
  await writePairsParquet(pairsPath, pairs.slice(0, 2))
  expect((await order({}, changing)).total).toBe(2)
  await writePairsParquet(pairsPath, pairs)
  expect((await order({}, changing)).total).toBe(5)
})

test('files that are missing, broken or of another kind are named', async () => {
  const of = (pairsPath: string, over = {}) => order({}, { ...files, pairsPath, ...over })
  await expect(of(join(home, 'none.parquet'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  await expect(of(files.answersPath)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  await expect(of(files.pairsPath, { scoresPath: files.pairsPath })).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
  })
})

test('a question that nobody waits for any more is not answered', async () => {
  await expect(sampleRows({ ...files, rows: [0] }, AbortSignal.abort())).rejects.toMatchObject({
    code: 'CANCELLED',
  })
})

test('200,000 rows are ordered, searched and paged through', async () => {
  const pairsPath = join(home, 'many.parquet')
  const scoresPath = join(home, 'many.jsonl')
  const many = 200_000
  const message = (role: string, text: string) => `{'role': '${role}', 'content': ${text}}`
  await withDuckDb(async (connection) => {
    const answered = (text: string) =>
      `[${message('user', "'Question ' || i || repeat(' lorem ipsum', 10)")}, ${message('assistant', text)}]`
    await connection.run(
      `COPY (SELECT 'id' || i AS id, ${answered("'Human ' || i || repeat(' dolor', i % 50)")} AS real,
        ${answered("'Model ' || i || repeat(' sit amet', i % 30)")} AS generated, NULL::VARCHAR AS "check",
        CASE WHEN i % 10 = 0 THEN 'length' ELSE 'stop' END AS finish_reason FROM range(${many}) numbers(i))
        TO ${sqlText(pairsPath)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 16384)`,
    )
    await connection.run(
      `COPY (SELECT 'id' || i AS id, 0.0 AS "realReward", 0.0 AS "generatedReward", (i * 7919) % ${many} - 1000 AS margin,
        1 AS "realTokens", 1 AS "generatedTokens" FROM range(${many}) numbers(i)) TO ${sqlText(scoresPath)} (FORMAT json)`,
    )
  })
  const large = { pairsPath, answersPath: null, scoresPath }
  const times: string[] = []
  const timed = async <T>(what: string, ask: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now()
    const result = await ask()
    times.push(`${what} ${Math.round(performance.now() - startedAt)} ms`)
    return result
  }
  const first = await timed('first order', () => order({}, large))
  expect(first.rows).toHaveLength(many)
  expect(first.margins[0]).toBe(many - 1001)
  expect(first.margins.every((margin, i) => i === 0 || margin < first.margins[i - 1]!)).toBe(true)
  expect(first.counts).toMatchObject({ loses: 1000, wins: many - 1001, capped: many / 10 })
  const again = await timed('order', () => order({ sort: 'longest' }, large))
  expect(again.lengths.every((length, i) => i === 0 || length <= again.lengths[i - 1]!)).toBe(true)
  const found = await timed('search', () => order({ search: 'human 12345', sort: 'file' }, large))
  expect([...found.rows]).toEqual([12_345, ...Array.from({ length: 10 }, (_, i) => 123_450 + i)])
  const page = [...first.rows.subarray(90_000, 90_100)]
  const lines = await timed('page of 100 lines', () => sampleLines({ ...large, rows: page }))
  expect(lines.map(({ id }) => id)).toEqual(page.map((row) => `id${row}`))
  const whole = await timed('page of 100 rows', () => sampleRows({ ...large, rows: page }))
  expect(whole.map(({ row }) => row)).toEqual(page)
  console.log(`200,000 rows: ${times.join(', ')}`)
})

test('the tables of sets are removed when they are closed', async () => {
  const mine = () =>
    readdirSync(tmpdir()).filter((name) => name.startsWith(`spin-studio-scratch-${process.pid}-samples-`))
  await order()
  expect(mine().length).toBeGreaterThan(0)
  expect(mine().length).toBeLessThanOrEqual(3) // two sets are kept; a third may still be closing
  await closeSamples()
  expect(existsSync(files.pairsPath)).toBe(true)
  await expect.poll(mine).toEqual([])
})

test('every pair with a known margin is in exactly one of wins, loses and ties', async () => {
  const signs = await Promise.all((['wins', 'loses'] as const).map((filter) => ids({ filter })))
  expect([...signs.join('')].sort().join('')).toBe(
    Object.keys(margins)
      .filter((id) => margins[id] !== 0)
      .join(''),
  )
})
