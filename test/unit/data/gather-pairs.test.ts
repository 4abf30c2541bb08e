import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { FractionRow } from '../../../src/contract/chat.ts'
import { GateSettings } from '../../../src/contract/settings.ts'
import { openFraction } from '../../../src/engine/data/fraction-writer.ts'
import { gatherPairs } from '../../../src/engine/data/gather-pairs.ts'
import { readPairRows } from '../../../src/engine/data/pair-rows.ts'
import { duckDb, testFolder, toJsonLines, turn } from './dataset-fixture.ts'

const folder = testFolder()
const gates = GateSettings.parse({})
let next = 0

function row(id: string, generated: string, over: Partial<FractionRow> = {}): FractionRow {
  const say = (content: string): FractionRow['real'] => [
    { role: 'user', content: `ask ${id}` },
    { role: 'assistant', content },
  ]
  return {
    id,
    real: say(`real ${id}`),
    generated: say(generated),
    check: null,
    seed: 1,
    finish_reason: 'stop',
    prompt_tokens: 1,
    generated_tokens: 1,
    ...over,
  }
}

async function writeFraction(
  dir: string,
  split: 'train' | 'test',
  index: number,
  rows: FractionRow[],
  key: string = split,
) {
  const fraction = await openFraction({ dir, split, index, rowIds: rows.map((r) => r.id), key })
  await fraction.append(rows)
  return await fraction.seal()
}

const generatedFolder = () => folder.path(`generated-${next++}`)
const gather = (inputDir: string, over: object = {}) =>
  gatherPairs({ inputDir, outDir: join(inputDir, 'pairs'), gates, ...over })

const official = (id: number, answer: string) => ({
  real: [turn('user', `q${id}`), turn('assistant', `a${id}`)],
  generated: [turn('user', `q${id}`), turn('assistant', answer)],
})

test('all fractions become one file in order, with check and finish reason', async () => {
  const dir = generatedFolder()
  await writeFraction(
    dir,
    'train',
    0,
    [row('b', ' said b'), row('a', 'said a', { finish_reason: 'length', check: 'digits:3' })],
    'k',
  )
  await writeFraction(
    dir,
    'train',
    1,
    ['c', 'd', 'e'].map((id) => row(id, `said ${id}`)),
    'k',
  )
  await writeFraction(dir, 'test', 0, [row('t', 'said t')])
  await writeFraction(dir, 'test', 1, [row('u', 'said u')])
  const result = await gather(dir)
  expect(result).toMatchObject({
    train: {
      rows: 5,
      duplicates: 0,
      equal: 0,
      capped: 1,
      empty: 0,
      medianRealCharacters: 6,
      medianGeneratedCharacters: 6,
    },
    test: { rows: 2 },
  })
  const pairs = await readPairRows(result.trainPath)
  expect(pairs.map((p) => p.id)).toEqual(['b', 'a', 'c', 'd', 'e'])
  expect(pairs[0]).toEqual({
    id: 'b',
    prompt: [turn('user', 'ask b')],
    real: 'real b',
    generated: ' said b',
    finishReason: 'stop',
    check: null,
  })
  expect(pairs[1]).toMatchObject({ finishReason: 'length', check: 'digits:3' })
  expect((await readPairRows(result.testPath!)).map((p) => p.id)).toEqual(['t', 'u'])
  expect(result.trainPath).toMatch(/train_prefs-00000-of-00001\.parquet$/)
  const columns = await duckDb(`SELECT column_name FROM (DESCRIBE SELECT * FROM '${result.trainPath}')`)
  expect(columns.map((c) => c['column_name'])).toEqual(['id', 'real', 'generated', 'check', 'finish_reason'])
})

test('gathering again gives the same sha256 and the same file', async () => {
  const dir = generatedFolder()
  await writeFraction(
    dir,
    'train',
    0,
    ['a', 'b', 'c'].map((id) => row(id, `said ${id}`)),
  )
  const first = await gather(dir)
  const bytes = readFileSync(first.trainPath)
  expect(await gather(dir)).toEqual(first)
  expect(readFileSync(first.trainPath).equals(bytes)).toBe(true)
})

test('duplicates are left out and counted', async () => {
  const dir = generatedFolder()
  await writeFraction(dir, 'train', 0, [row('a', 'first'), row('b', 'x')], 'k')
  await writeFraction(dir, 'train', 1, [row('a', 'second'), row('c', 'y')], 'k')
  const result = await gather(dir)
  expect(result.train).toMatchObject({ rows: 3, duplicates: 1 })
  expect((await readPairRows(result.trainPath)).map((p) => p.generated)).toEqual(['first', 'x', 'y'])
  expect(result.warnings).toContainEqual(expect.stringContaining('1 rows answered a prompt that came before'))
})

test('official files without a manifest: leading spaces go, the id is computed, every test file counts', async () => {
  const dir = folder.path('official')
  folder.write('official/loser_0.jsonl', toJsonLines([official(0, '  one'), official(1, '\ntwo ')]))
  folder.write('official/loser_1.jsonl', toJsonLines([official(2, 'three'), official(0, 'again')]))
  folder.write('official/loser_0_test.jsonl', toJsonLines([official(10, 'x')]))
  folder.write('official/loser_1_test.jsonl', toJsonLines([official(11, 'y')]))
  const result = await gather(dir, { numFracs: 2 })
  expect((await readPairRows(result.trainPath)).map((p) => [p.generated, p.finishReason, p.check])).toEqual([
    ['one', 'stop', null],
    ['two ', 'stop', null],
    ['three', 'stop', null],
  ])
  expect(result).toMatchObject({ train: { rows: 3, duplicates: 1 }, test: { rows: 2 } })
  expect(await gather(dir)).toEqual(result)
})

test('the older names chosen and rejected are read', async () => {
  const dir = folder.path('older')
  const { real: chosen, generated: rejected } = official(1, ' said')
  folder.write('older/loser_0.jsonl', toJsonLines([{ chosen, rejected }]))
  const result = await gather(dir)
  expect(await readPairRows(result.trainPath)).toMatchObject([{ real: 'a1', generated: 'said' }])
  const published = folder.path('older.parquet')
  await duckDb(
    `COPY (SELECT real AS chosen, generated AS rejected FROM '${result.trainPath}') TO '${published}'`,
  )
  expect(await readPairRows(published)).toMatchObject([
    { real: 'a1', generated: 'said', finishReason: 'stop' },
  ])
})

test('a missing fraction is named', async () => {
  const dir = folder.path('gap')
  for (const i of [0, 1, 3]) folder.write(`gap/loser_${i}.jsonl`, toJsonLines([official(i, 'x')]))
  await expect(gather(dir)).rejects.toMatchObject({
    code: 'FRACTION_MISSING',
    message: expect.stringContaining('loser_2.jsonl'),
  })
  await expect(gather(dir, { numFracs: 5 })).rejects.toMatchObject({
    message: expect.stringContaining('loser_2.jsonl, loser_4.jsonl'),
  })
  await expect(gather(dir, { numFracs: 2 })).rejects.toMatchObject({ code: 'FRACTION_MISMATCH' })
  await expect(gather(folder.path('nowhere'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
})

test('an unfinished, a lost, a changed and a foreign fraction are refused', async () => {
  const unfinished = generatedFolder()
  await writeFraction(unfinished, 'train', 0, [row('a', 'x')], 'k')
  const open = await openFraction({ dir: unfinished, split: 'train', index: 1, rowIds: ['b', 'c'], key: 'k' })
  await open.append([row('b', 'x')])
  await open.close()
  await expect(gather(unfinished)).rejects.toMatchObject({
    code: 'FRACTION_MISSING',
    message: expect.stringContaining('loser_1.jsonl'),
  })

  const changed = generatedFolder()
  const { path } = await writeFraction(changed, 'train', 0, [row('a', 'x')])
  appendFileSync(path, '\n')
  await expect(gather(changed)).rejects.toMatchObject({ code: 'FRACTION_MISMATCH' })
  rmSync(path)
  await expect(gather(changed)).rejects.toMatchObject({ code: 'FRACTION_MISSING' })

  const foreign = generatedFolder()
  await writeFraction(foreign, 'train', 0, [row('a', 'x')], 'k1')
  await writeFraction(foreign, 'train', 1, [row('b', 'x')], 'k2')
  await expect(gather(foreign)).rejects.toMatchObject({ code: 'FRACTION_MISMATCH' })
})

test('the gates refuse with the numbers and write nothing', async () => {
  const equal = generatedFolder()
  await writeFraction(equal, 'train', 0, [row('a', ' real a\n'), row('b', 'real b'), row('c', 'x')])
  await expect(gather(equal)).rejects.toMatchObject({
    code: 'GATE_EQUAL_PAIRS',
    message: expect.stringContaining('66.7 % (2 of 3)'),
  })
  expect(existsSync(join(equal, 'pairs', 'train_prefs-00000-of-00001.parquet'))).toBe(false)
  const relaxed = await gather(equal, { gates: { ...gates, maxEqual: 0.7 } })
  expect(relaxed.train.equal).toBe(2)

  const capped = generatedFolder()
  await writeFraction(
    capped,
    'train',
    0,
    ['a', 'b', 'c'].map((id) => row(id, 'x', { finish_reason: id === 'c' ? 'stop' : 'length' })),
  )
  await expect(gather(capped)).rejects.toMatchObject({
    code: 'GATE_CAPPED',
    data: { count: 2, rows: 3, limit: 0.3 },
  })

  const empty = generatedFolder()
  await writeFraction(empty, 'train', 0, [row('a', ' '), row('b', 'x'), row('c', 'y')])
  await expect(gather(empty)).rejects.toMatchObject({ code: 'GATE_EMPTY', data: { count: 1, rows: 3 } })
})

test('warnings: length gap, capped share, prompts shared by train and test', async () => {
  const dir = generatedFolder()
  const rows = Array.from({ length: 8 }, (_, i) =>
    row(`r${i}`, 'a much longer answer than the real one', i === 0 ? { finish_reason: 'length' } : {}),
  )
  await writeFraction(dir, 'train', 0, rows)
  await writeFraction(dir, 'test', 0, [row('r1', 'said')])
  const { warnings } = await gather(dir)
  expect(warnings).toEqual([
    expect.stringContaining('median generated answer has 38 characters, the real one 7'),
    expect.stringContaining('12.5 % of the answers were cut off'),
    expect.stringContaining('1 of 1 test prompts are train prompts'),
  ])
})

test('a broken line names the file and the line', async () => {
  const dir = folder.path('broken')
  folder.write('broken/loser_0.jsonl', toJsonLines([official(0, 'x')]) + '{"real": [')
  await expect(gather(dir)).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
    message: expect.stringMatching(/line 2 of .*loser_0\.jsonl/),
  })
  writeFileSync(join(dir, 'loser_0.jsonl'), toJsonLines([{ real: 5, generated: [] }]))
  await expect(gather(dir)).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
    message: expect.stringContaining('line 1'),
  })
})
