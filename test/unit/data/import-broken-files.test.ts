import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readDatasetRows } from '../../../src/engine/data/dataset-rows.ts'
import { maxRowBytes } from '../../../src/engine/data/record-reader.ts'
import { duckDb, promptRows, runImport, testFolder, toJsonLines, turn } from './dataset-fixture.ts'

const folder = testFolder()
let nextOut = 0
const outDir = () => folder.path(`out-${nextOut++}`)

const importOne = (source: string) => runImport({ sources: [source], outDir: outDir(), testShare: 0 })
const prompts = async (path: string) => (await readDatasetRows(path)).map((r) => r.prompt.at(-1)?.content)

async function parquetOf(name: string, select: string): Promise<string> {
  const path = folder.path(name)
  await duckDb(`COPY (${select}) TO '${path}'`)
  return path
}

describe('a broken row costs that row', () => {
  test('a JSON Lines file with one broken line names the line and keeps the others', async () => {
    const lines = promptRows(5).map((r) => JSON.stringify(r))
    lines[2] = '{"prompt": "cut of'
    const { result, dropped } = await importOne(folder.write('line.jsonl', lines.join('\n') + '\n'))
    expect(result).toMatchObject({ trainRows: 4, readRows: 5, dropped: { unreadable: 1 } })
    expect(dropped).toMatchObject([{ row: 3, reason: 'unreadable' }])
    expect(result.examples).toEqual(dropped)
  })

  test('invalid UTF-8 in JSON Lines and in CSV', async () => {
    const bad = Buffer.from([0xc3, 0x28, 0xff])
    const jsonl = Buffer.concat([
      Buffer.from('{"prompt":"a","response":"b"}\n{"prompt":"'),
      bad,
      Buffer.from('","response":"b"}\n{"prompt":"c","response":"d"}\n'),
    ])
    const csv = Buffer.concat([Buffer.from('prompt,response\na,b\n"x'), bad, Buffer.from('\n",y\nc,d\n')])
    for (const source of [folder.write('utf8.jsonl', jsonl), folder.write('utf8.csv', csv)]) {
      const { result, dropped } = await importOne(source)
      expect(dropped).toMatchObject([{ row: 2, reason: 'invalid-utf8' }])
      expect(await prompts(result.trainPath)).toEqual(['a', 'c'])
    }
  })

  test('messages that are a number, an unknown role, a missing column, null texts', async () => {
    const good = [turn('user', 'u'), turn('assistant', 'a')]
    const { result, dropped } = await importOne(
      folder.write(
        'types.jsonl',
        toJsonLines([
          { messages: good },
          { messages: 7 },
          { messages: [turn('tool', 'x'), turn('assistant', 'a')] },
          { other: 1 },
          { messages: [turn('user', 'u2'), { role: 'assistant', content: 5 }] },
          { messages: ['u', 'a'] },
          12,
          { messages: [{ role: 'user', content: null }, turn('assistant', 'a')] },
          { messages: [turn('user', 'u3'), turn('assistant', ' \n')] },
          { messages: [turn('user', 'u4')] },
          { messages: [turn('system', 's'), turn('assistant', 'a')] },
          { messages: [] },
        ]),
      ),
    )
    expect(result.trainRows).toBe(1)
    expect(dropped.map((d) => [d.row, d.reason])).toEqual([
      [2, 'wrong-type'],
      [3, 'wrong-type'],
      [4, 'wrong-type'],
      [5, 'wrong-type'],
      [6, 'wrong-type'],
      [7, 'wrong-type'],
      [8, 'empty-prompt'],
      [9, 'empty-answer'],
      [10, 'no-assistant-turn'],
      [11, 'no-user-turn'],
      [12, 'no-assistant-turn'],
    ])
    expect(dropped[0]?.detail).toContain('a number (7)')
    expect(dropped[2]?.detail).toContain('messages is missing')
  })

  test('a number instead of a list in a whole Parquet column drops its rows with the reason', async () => {
    const source = await parquetOf('numbers.parquet', 'SELECT 5 AS messages')
    await expect(importOne(source)).rejects.toMatchObject({
      code: 'DATASET_EMPTY',
      message: expect.stringContaining('wrong-type 1'),
    })
  })

  test.each(['big.jsonl', 'big.json', 'big.csv', 'big.parquet'])(
    'a 10 MB row is dropped as too large: %s',
    async (name) => {
      const rows = [
        { prompt: 'a', response: 'b' },
        { prompt: 'big', response: 'line\n'.repeat(2_100_000) },
        { prompt: 'c', response: 'd' },
      ]
      let source: string
      if (name.endsWith('.jsonl')) source = folder.write(name, toJsonLines(rows))
      else if (name.endsWith('.json')) source = folder.write(name, JSON.stringify(rows))
      else if (name.endsWith('.csv'))
        source = folder.write(
          name,
          `prompt,response\n${rows.map((r) => `${r.prompt},"${r.response}"\n`).join('')}`,
        )
      else
        source = await parquetOf(
          name,
          "SELECT * FROM (VALUES ('a', 'b'), ('big', repeat(E'line\\n', 2100000)), ('c', 'd')) AS t(prompt, response)",
        )
      const { result, dropped } = await importOne(source)
      expect(dropped).toMatchObject([
        { row: 2, reason: 'too-large', detail: expect.stringContaining('at most 8,388,608 are read') },
      ])
      expect(await prompts(result.trainPath)).toEqual(['a', 'c'])
    },
  )

  test('a row just below the limit is kept', async () => {
    const response = 'x'.repeat(maxRowBytes - 1000)
    const { result } = await importOne(folder.write('kept.jsonl', toJsonLines([{ prompt: 'a', response }])))
    expect((await readDatasetRows(result.trainPath))[0]?.answer).toHaveLength(response.length)
  })

  test('a large CSV row whose characters all need escapes in JSON is kept', async () => {
    const response = '\u0001'.repeat(7 * 1024 * 1024)
    const { result } = await importOne(folder.write('escapes.csv', `prompt,response\na,"${response}"\n`))
    expect((await readDatasetRows(result.trainPath))[0]?.answer === response).toBe(true)
  })

  test('duplicate prompts: the first row stays, the others are counted', async () => {
    const rows = [
      { prompt: 'same', response: 'first' },
      { prompt: 'other', response: 'x' },
      { prompt: 'same', response: 'second' },
    ]
    const { result, dropped } = await importOne(folder.write('dup.jsonl', toJsonLines(rows)))
    expect(result.dropped).toEqual({ 'duplicate-prompt': 1 })
    expect(dropped).toMatchObject([{ row: 3, reason: 'duplicate-prompt' }])
    expect((await readDatasetRows(result.trainPath)).map((r) => r.answer)).toEqual(['first', 'x'])
  })

  test('half of a surrogate pair becomes the replacement character', async () => {
    const { result } = await importOne(
      folder.write('surrogate.jsonl', '{"prompt":"a\\ud800b","response":"c\\u0000d"}\n'),
    )
    expect(await readDatasetRows(result.trainPath)).toMatchObject([
      { prompt: [turn('user', 'a\ufffdb')], answer: 'c\u0000d' },
    ])
  })
})

describe('a broken structure costs as little as it can', () => {
  const row = (name: string) => JSON.stringify({ prompt: name, response: 'r' })
  test.each([
    ['an unquoted word', '{"prompt": oops, "response": "r"}'],
    ['a text that does not close', '{"prompt": "oops, "response: "r"}'],
    ['brackets that do not match', '{"prompt": ["oops"}, "response": "r"}'],
    ['a bracket that never closes', '{"prompt": {"a": "oops", "response": "r"},'],
  ])('JSON array with %s', async (_name, broken) => {
    const { result, dropped } = await importOne(
      folder.write(`array-${nextOut}.json`, `[\n${row('a')},\n${broken},\n${row('b')},\n${row('c')}\n]\n`),
    )
    expect(dropped.map((d) => [d.row, d.reason])).toEqual([[2, 'unreadable']])
    expect(await prompts(result.trainPath)).toEqual(['a', 'b', 'c'])
  })

  test('a JSON array that is cut off keeps the rows before the cut', async () => {
    const whole = JSON.stringify(
      [1, 2, 3].map((i) => ({ prompt: `p${i}`, response: 'r' })),
      null,
      1,
    )
    const { result, dropped } = await importOne(folder.write('cut.json', whole.slice(0, -20)))
    expect(dropped).toMatchObject([
      { row: 3, reason: 'unreadable', detail: expect.stringContaining('does not close') },
    ])
    expect(await prompts(result.trainPath)).toEqual(['p1', 'p2'])
  })

  test('CSV: wrong number of fields, text behind a quote', async () => {
    const text = 'prompt,response\na,b\nonly one\nx,y,z\n"q" tail,r\n\n"c",d\n"e ""f""",g\n'
    const { result, dropped } = await importOne(folder.write('broken.csv', text))
    expect(dropped.map((d) => [d.row, d.reason])).toEqual([
      [2, 'unreadable'],
      [3, 'unreadable'],
      [4, 'unreadable'],
    ])
    expect(await prompts(result.trainPath)).toEqual(['a', 'c', 'e "f"'])
  })

  test('CSV: the lines behind a quote that never closes are not taken for rows', async () => {
    const text = 'prompt,response\na,b\nq,"an answer\nof, lines\nthat, look like rows\n'
    const { result, dropped } = await importOne(folder.write('open.csv', text))
    expect(dropped).toMatchObject([
      { row: 2, reason: 'unreadable', detail: expect.stringContaining('bytes of the file are lost') },
    ])
    expect(await prompts(result.trainPath)).toEqual(['a'])
  })
})

describe('a file that cannot be read is an error that says so', () => {
  test('truncated Parquet, Parquet without content, text named Parquet', async () => {
    const whole = readFileSync(
      await parquetOf('whole.parquet', "SELECT 'p' || i AS prompt, 'r' AS response FROM range(5000) t(i)"),
    )
    const sources = [
      folder.write('cut.parquet', whole.subarray(0, whole.length / 2)),
      folder.write('empty.parquet', ''),
      folder.write('text.parquet', 'not parquet at all, but long enough'),
      folder.write(
        'torn.parquet',
        Buffer.concat([Buffer.alloc(whole.length / 2), whole.subarray(whole.length / 2)]),
      ),
    ]
    for (const source of sources) {
      await expect(importOne(source)).rejects.toMatchObject({
        code: 'FILE_UNREADABLE',
        message: expect.stringContaining(source),
      })
    }
  })

  test('missing columns name what was expected and what was found', async () => {
    const source = folder.write('cols.csv', 'title,body\na,b\n')
    await expect(importOne(source)).rejects.toMatchObject({
      code: 'DATASET_UNMAPPED',
      message: expect.stringMatching(/messages.*title, body/s),
    })
    const mapping = { format: 'prompt-response' as const, columns: { prompt: 'title', response: 'text' } }
    await expect(runImport({ sources: [source], outDir: outDir(), mapping })).rejects.toMatchObject({
      code: 'DATASET_UNMAPPED',
      message: expect.stringContaining('text (as response)'),
    })
  })

  test.each(['none.jsonl', 'none.json', 'none.csv'])(
    'an empty file leaves nothing to import: %s',
    async (name) => {
      await expect(importOne(folder.write(name, ''))).rejects.toMatchObject({ code: 'DATASET_EMPTY' })
    },
  )

  test('an empty file beside a good one is a warning', async () => {
    folder.write('pair/a.jsonl', '')
    folder.write('pair/b.jsonl', toJsonLines(promptRows(3)))
    const { result, logs } = await importOne(folder.path('pair'))
    expect(result.trainRows).toBe(3)
    expect(logs[0]).toMatchObject({ level: 'warning', message: expect.stringContaining('a.jsonl is empty') })
  })

  test('nothing usable: the reasons are in the error and in dropped.jsonl', async () => {
    const out = outDir()
    const source = folder.write(
      'useless.jsonl',
      toJsonLines([
        { prompt: ' ', response: 'r' },
        { prompt: 'p', response: '' },
      ]),
    )
    await expect(runImport({ sources: [source], outDir: out })).rejects.toMatchObject({
      code: 'DATASET_EMPTY',
      message: expect.stringContaining('empty-prompt 1, empty-answer 1'),
    })
    expect(readdirSync(out)).toEqual(['dropped.jsonl'])
  })

  test('a missing source, an unknown ending, UTF-16, a bad request', async () => {
    await expect(importOne(folder.path('nowhere.jsonl'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await expect(importOne(folder.write('data.xlsx', 'x'))).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(
      importOne(folder.write('utf16.csv', Buffer.from('\ufeffprompt,response\na,b\n', 'utf16le'))),
    ).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
    await expect(runImport({ sources: [], outDir: outDir() })).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })

  test('an error leaves no file behind', async () => {
    const out = outDir()
    await expect(
      runImport({ sources: [folder.write('left.csv', 'title,body\na,b\n')], outDir: out }),
    ).rejects.toMatchObject({ code: 'DATASET_UNMAPPED' })
    expect(existsSync(out) ? readdirSync(out) : []).toEqual([])
  })
})
