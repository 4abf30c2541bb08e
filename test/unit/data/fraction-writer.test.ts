import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { FractionRow } from '../../../src/contract/chat.ts'
import { fractionPlan } from '../../../src/engine/data/fraction-plan.ts'
import { openFraction } from '../../../src/engine/data/fraction-writer.ts'
import { jsonLines, turn } from './dataset-fixture.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'spin-fraction-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const rowIds = ['a', 'b', 'c', 'd']
const options = (over: object = {}) => ({
  dir,
  split: 'train' as const,
  index: 0,
  rowIds,
  key: 'k1',
  ...over,
})
const file = (name: string) => join(dir, name)

function answered(id: string, over: Partial<FractionRow> = {}): FractionRow {
  const prompt = turn('user', `ask ${id}`) as FractionRow['real'][number]
  const say = (content: string) => [prompt, { role: 'assistant' as const, content }]
  return {
    id,
    real: say(`real ${id}`),
    generated: say(`said ${id}`),
    check: null,
    seed: 1,
    finish_reason: 'stop',
    prompt_tokens: 3,
    generated_tokens: 5,
    ...over,
  }
}

async function writeWhole(): Promise<string> {
  const fraction = await openFraction(options())
  await fraction.append(rowIds.map((id) => answered(id)))
  return (await fraction.seal()).sha256
}

test('rows appended in any order are sealed in dataset order with their counts', async () => {
  const fraction = await openFraction(options())
  await fraction.append([answered('d', { finish_reason: 'length' }), answered('b')])
  await fraction.append([
    answered('a'),
    answered('c', {
      generated: [
        { role: 'user', content: 'ask c' },
        { role: 'assistant', content: ' ' },
      ],
    }),
  ])
  const done = await fraction.seal()
  expect(done).toMatchObject({
    kind: 'fraction',
    split: 'train',
    index: 0,
    rows: 4,
    capped: 1,
    empty: 1,
    generatedTokens: 20,
    path: file('loser_0.jsonl'),
  })
  expect((jsonLines(done.path) as FractionRow[]).map((r) => r.id)).toEqual(rowIds)
  expect(existsSync(file('loser_0.jsonl.journal'))).toBe(false)
  expect(JSON.parse(readFileSync(file('manifest.json'), 'utf8'))).toMatchObject({
    fractions: [{ file: 'loser_0.jsonl', sha256: done.sha256, key: 'k1' }],
  })
})

test('a sealed fraction is recognised and nothing is asked again', async () => {
  const sha256 = await writeWhole()
  const again = await openFraction(options())
  expect(again.sealedFraction()).toMatchObject({ sha256, rows: 4 })
  expect([...again.finished]).toEqual(rowIds)
  expect(await again.seal()).toMatchObject({ sha256 })
})

test('an interrupted fraction goes on behind its last whole row and ends with the same bytes', async () => {
  const whole = await writeWhole()
  const journal = file('loser_0.jsonl.journal')
  rmSync(file('loser_0.jsonl'))
  rmSync(file('manifest.json'))
  const first = await openFraction(options())
  await first.append([answered('c'), answered('a')])
  await first.close()
  const size = readFileSync(journal).length
  const line = readFileSync(journal, 'utf8').split('\n')[2]!.length
  const kept = readFileSync(journal)
  // Cut at every place a crash may leave: inside the last row, inside an earlier one, inside the head.
  for (const [bytes, finished] of [
    [size, ['c', 'a']],
    [size - 1, ['c']],
    [size - 7, ['c']],
    [size - line - 3, []],
    [5, []],
    [0, []],
  ] as const) {
    writeFileSync(journal, kept)
    truncateSync(journal, bytes)
    const next = await openFraction(options())
    expect([...next.finished]).toEqual(finished)
    await next.append(rowIds.filter((id) => !next.finished.has(id)).map((id) => answered(id)))
    expect((await next.seal()).sha256).toBe(whole)
    rmSync(file('loser_0.jsonl'))
    rmSync(file('manifest.json'))
  }
})

test('a crash at any point of sealing is finished on the next opening', async () => {
  const writer = await openFraction(options())
  await writer.append(rowIds.map((id) => answered(id)))
  copyFileSync(file('loser_0.jsonl.journal'), file('kept'))
  const { sha256 } = await writer.seal()
  const states: (() => void)[] = [
    () => rmSync(file('manifest.json')), // renamed, not in the manifest
    () => {
      rmSync(file('manifest.json'))
      rmSync(file('loser_0.jsonl'))
    }, // all rows, not renamed
    () => {
      rmSync(file('manifest.json'))
      renameSync(file('loser_0.jsonl'), file('loser_0.jsonl.tmp'))
    },
    () => undefined, // in the manifest, journal not removed
    () => rmSync(file('loser_0.jsonl')), // manifest and journal, the file lost
  ]
  for (const crash of states) {
    copyFileSync(file('kept'), file('loser_0.jsonl.journal'))
    crash()
    const again = await openFraction(options())
    expect(again.sealedFraction()?.sha256).toBe(sha256)
    expect(existsSync(file('loser_0.jsonl.journal'))).toBe(false)
    expect(existsSync(file('loser_0.jsonl'))).toBe(true)
  }
})

test('garbage in the middle of a journal costs the rows behind it', async () => {
  const first = await openFraction(options())
  await first.append([answered('a')])
  await first.close()
  appendFileSync(file('loser_0.jsonl.journal'), '\u0000\u0000garbage\n')
  const next = await openFraction(options())
  expect([...next.finished]).toEqual(['a'])
  await next.append(['b', 'c', 'd'].map((id) => answered(id)))
  expect((await next.seal()).rows).toBe(4)
})

test('a journal or a sealed file of other settings is refused and left as it is', async () => {
  const first = await openFraction(options())
  await first.append([answered('a')])
  await first.close()
  await expect(openFraction(options({ key: 'k2' }))).rejects.toMatchObject({
    code: 'FRACTION_MISMATCH',
    message: expect.stringContaining('another output folder'),
  })
  expect([...(await openFraction(options())).finished]).toEqual(['a'])
  rmSync(file('loser_0.jsonl.journal'))
  await writeWhole()
  await expect(openFraction(options({ key: 'k2' }))).rejects.toMatchObject({ code: 'FRACTION_MISMATCH' })
})

test('a file that nothing vouches for, or that changed, is refused', async () => {
  writeFileSync(file('loser_0.jsonl'), '{}\n')
  await expect(openFraction(options())).rejects.toMatchObject({ code: 'FRACTION_MISMATCH' })
  rmSync(file('loser_0.jsonl'))
  await writeWhole()
  appendFileSync(file('loser_0.jsonl'), '\n')
  await expect(openFraction(options())).rejects.toMatchObject({
    code: 'FRACTION_MISMATCH',
    message: expect.stringContaining('changed'),
  })
})

test('fractions of both splits share a manifest, in order', async () => {
  for (const [split, index] of [
    ['test', 0],
    ['train', 10],
    ['train', 2],
  ] as const) {
    const fraction = await openFraction(options({ split, index }))
    await fraction.append(rowIds.map((id) => answered(id)))
    await fraction.seal()
  }
  const { fractions } = JSON.parse(readFileSync(file('manifest.json'), 'utf8')) as {
    fractions: { file: string }[]
  }
  expect(fractions.map((f) => f.file)).toEqual(['loser_2.jsonl', 'loser_10.jsonl', 'loser_0_test.jsonl'])
})

test('row ids that repeat are refused', async () => {
  await expect(openFraction(options({ rowIds: ['a', 'a'] }))).rejects.toMatchObject({ code: 'BAD_INPUT' })
})

test('a plan covers every row once and has no empty fraction', () => {
  expect(fractionPlan(10, 4)).toEqual([
    { index: 0, start: 0, end: 4 },
    { index: 1, start: 4, end: 8 },
    { index: 2, start: 8, end: 10 },
  ])
  expect(fractionPlan(8, 4)).toHaveLength(2)
  expect(fractionPlan(5, 0)).toEqual([{ index: 0, start: 0, end: 5 }])
  expect(fractionPlan(0, 0)).toEqual([])
  expect(fractionPlan(0, 800)).toEqual([])
  // The published set: 5,000 rows a fraction gave the official scripts an eleventh, empty one.
  expect(fractionPlan(49_792, 5000)).toHaveLength(10)
})

test('engines with journals of their own make one fraction, whoever seals it, and leave none behind', async () => {
  const whole = await writeWhole()
  const expected = readFileSync(file('loser_0.jsonl'))
  const manifest = readFileSync(file('manifest.json'))
  rmSync(file('loser_0.jsonl'))
  rmSync(file('manifest.json'))

  const first = await openFraction(options({ part: 'engine-1' }))
  const second = await openFraction(options({ part: 'engine-2' }))
  await first.append([answered('c'), answered('a')])
  await second.append([answered('d')])
  await second.append([answered('a')]) // both have answered it
  await first.append([answered('b')])
  await Promise.all([first.close(), second.close()])
  expect(existsSync(file('loser_0.jsonl'))).toBe(false)

  const again = await openFraction(options({ part: 'engine-3' }))
  expect([...again.finished].sort()).toEqual(rowIds)
  expect(again.sealedFraction()).toBeNull() // a part never seals by itself
  await again.close()

  expect((await (await openFraction(options())).seal()).sha256).toBe(whole)
  expect(readFileSync(file('loser_0.jsonl'))).toEqual(expected)
  expect(readFileSync(file('manifest.json'))).toEqual(manifest)
  expect(readdirSync(dir).filter((name) => name.includes('journal'))).toEqual([])
})

test('a journal of a part that was cut in the middle of a line counts up to it, also for one engine alone', async () => {
  const part = await openFraction(options({ part: 'engine-1' }))
  await part.append([answered('a'), answered('b')])
  await part.close()
  const path = file('loser_0.jsonl.journal.engine-1')
  truncateSync(path, readFileSync(path).length - 5)
  const alone = await openFraction(options())
  expect([...alone.finished]).toEqual(['a'])
  await alone.close()
  await expect(openFraction(options({ key: 'k2' }))).rejects.toMatchObject({ code: 'FRACTION_MISMATCH' })
})
