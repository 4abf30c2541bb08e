import { describe, expect, test } from 'vitest'
import type { DatasetRow } from '../../../src/contract/chat.ts'
import { readDatasetRows } from '../../../src/engine/data/dataset-rows.ts'
import { promptId } from '../../../src/engine/data/row-identity.ts'
import { duckDb, runImport, testFolder, toJsonLines, turn } from './dataset-fixture.ts'

const folder = testFolder()
let nextOut = 0

async function importRows(
  name: string,
  rows: readonly unknown[],
): Promise<{ format: string; rows: DatasetRow[] }> {
  const source = folder.write(name, toJsonLines(rows))
  const { result } = await runImport({
    sources: [source],
    outDir: folder.path(`out-${nextOut++}`),
    testShare: 0,
  })
  return { format: result.mapping.format, rows: await readDatasetRows(result.trainPath) }
}

describe('layouts are detected and read', () => {
  test('messages: the prompt is everything before the last assistant message, system included', async () => {
    const messages = [
      turn('system', 'Be brief.'),
      turn('user', 'a'),
      turn('assistant', 'b'),
      turn('user', 'c'),
      turn('assistant', 'd'),
    ]
    const got = await importRows('messages.jsonl', [
      { prompt: 'a', messages },
      { prompt: 'x', messages: [turn('user', 'x'), turn('assistant', 'y'), turn('user', 'z')] },
    ])
    expect(got.format).toBe('messages')
    expect(got.rows[0]).toEqual({
      id: promptId(messages.slice(0, 4) as DatasetRow['prompt']),
      prompt: messages.slice(0, 4),
      answer: 'd',
      check: null,
    })
    expect(got.rows[1]).toMatchObject({ prompt: [turn('user', 'x')], answer: 'y' })
  })

  test('conversations: ShareGPT names and its system column', async () => {
    const got = await importRows('sharegpt.jsonl', [
      {
        system: 'S',
        conversations: [
          { from: 'human', value: 'h' },
          { from: 'gpt', value: 'g' },
        ],
      },
      {
        system: '',
        conversations: [
          { from: 'system', value: 'T' },
          { from: 'human', value: 'h' },
          { from: 'gpt', value: 'g' },
        ],
      },
    ])
    expect(got.format).toBe('conversations')
    expect(got.rows.map((r) => r.prompt)).toEqual([
      [turn('system', 'S'), turn('user', 'h')],
      [turn('system', 'T'), turn('user', 'h')],
    ])
  })

  test.each([
    ['prompt', 'response'],
    ['prompt', 'completion'],
    ['question', 'answer'],
    ['query', 'response'],
    ['input', 'output'],
  ])('prompt and response under the names %s and %s', async (prompt, response) => {
    const got = await importRows(`${prompt}-${response}.jsonl`, [{ [prompt]: 'p', [response]: ' r ' }])
    expect(got.format).toBe('prompt-response')
    expect(got.rows[0]).toMatchObject({ prompt: [turn('user', 'p')], answer: ' r ' })
  })

  test('prompt and completion as lists of messages', async () => {
    const got = await importRows('trl.jsonl', [
      { prompt: [turn('system', 's'), turn('user', 'p')], completion: [turn('assistant', 'r')] },
    ])
    expect(got.rows[0]).toMatchObject({ prompt: [turn('system', 's'), turn('user', 'p')], answer: 'r' })
  })

  test('a prompt text that looks like a JSON list stays a text', async () => {
    const got = await importRows('listlike.jsonl', [
      { prompt: '[{"a": 1}] sort this', response: 'r' },
      { prompt: '[{"a":1}]', response: 'r' },
    ])
    expect(got.rows.map((r) => r.prompt[0]?.content)).toEqual(['[{"a": 1}] sort this', '[{"a":1}]'])
  })

  test('instruction, input, output: an empty input adds nothing', async () => {
    const got = await importRows('alpaca.jsonl', [
      { instruction: 'Add.', input: '1 2', output: '3' },
      { instruction: 'Sing.', input: '', output: 'la' },
    ])
    expect(got.format).toBe('instruction')
    expect(got.rows.map((r) => r.prompt)).toEqual([[turn('user', 'Add.\n\n1 2')], [turn('user', 'Sing.')]])
  })

  test('real and generated: the generated side is emptied', async () => {
    const real = [turn('user', 'p'), turn('assistant', 'r')]
    const got = await importRows('spin.jsonl', [
      { real, generated: [turn('user', 'p'), turn('assistant', 'old')] },
    ])
    expect(got.format).toBe('real-generated')
    expect(got.rows[0]).toMatchObject({ prompt: [turn('user', 'p')], answer: 'r' })
  })

  test('chosen and rejected: lists of messages, or a prompt and texts', async () => {
    const lists = await importRows('dpo.jsonl', [
      { prompt: 'p', chosen: [turn('user', 'p'), turn('assistant', 'c')], rejected: [] },
    ])
    const texts = await importRows('dpo-text.jsonl', [{ prompt: 'p', chosen: 'c', rejected: 'x' }])
    expect(lists.format).toBe('chosen-rejected')
    expect(lists.rows).toEqual(texts.rows)
    expect(texts.rows[0]).toMatchObject({ prompt: [turn('user', 'p')], answer: 'c' })
  })

  test('check is carried through, and a given mapping wins over detection', async () => {
    const source = folder.write(
      'mapped.jsonl',
      toJsonLines([
        { prompt: 'wrong', ask: 'p', reply: 'r', check: 'digits:3' },
        { ask: 'q', reply: 'r', check: null },
      ]),
    )
    const mapping = {
      format: 'prompt-response' as const,
      columns: { prompt: 'ask', response: 'reply', check: 'check' },
    }
    const { result } = await runImport({
      sources: [source],
      outDir: folder.path('mapped'),
      testShare: 0,
      mapping,
    })
    expect((await readDatasetRows(result.trainPath)).map((r) => [r.prompt[0]?.content, r.check])).toEqual([
      ['p', 'digits:3'],
      ['q', null],
    ])
  })
})

describe('containers give the same rows', () => {
  const rows = [
    { prompt: 'one, "two"\nthree', response: 'é 漢 🙂' },
    { prompt: 'plain', response: 'text' },
    { prompt: 'tab\tand \\ backslash', response: '{"json": [1]}' },
  ]
  const expected = rows.map((r) => [r.prompt, r.response])
  const csvText = (end: string) =>
    [
      'prompt,response',
      ...rows.map((r) => [r.prompt, r.response].map((v) => `"${v.replaceAll('"', '""')}"`).join(',')),
    ].join(end) + end

  test.each([
    ['JSON Lines', 'a.jsonl', () => toJsonLines(rows)],
    ['JSON Lines without a last newline', 'a2.jsonl', () => toJsonLines(rows).trimEnd()],
    ['a JSON array on one line', 'b.json', () => JSON.stringify(rows)],
    ['a pretty-printed JSON array', 'c.json', () => JSON.stringify(rows, null, 2)],
    ['JSON Lines named .json', 'd.json', () => toJsonLines(rows)],
    [
      'pretty-printed objects one after another',
      'e.json',
      () => rows.map((r) => JSON.stringify(r, null, 2)).join('\n'),
    ],
    ['CSV with quoted newlines', 'f.csv', () => csvText('\n')],
    ['CSV with CRLF', 'g.csv', () => csvText('\r\n')],
    ['CSV with a byte order mark', 'h.csv', () => `\ufeff${csvText('\n')}`],
    [
      'CSV with semicolons',
      'i.csv',
      () => csvText('\n').replace('prompt,response', 'prompt;response').replaceAll('","', '";"'),
    ],
  ])('%s', async (_name, file, text) => {
    const source = folder.write(file, text())
    const { result } = await runImport({
      sources: [source],
      outDir: folder.path(`${file}-out`),
      testShare: 0,
    })
    expect((await readDatasetRows(result.trainPath)).map((r) => [r.prompt[0]?.content, r.answer])).toEqual(
      expected,
    )
    expect(result.dropped).toEqual({})
  })

  test('Parquet, from a folder whose name holds pattern characters', async () => {
    const source = folder.write('par[q]*uet?/x.jsonl', toJsonLines(rows))
    const parquet = folder.path('par[q]*uet?', 'p[1].parquet')
    await duckDb(`COPY (SELECT * FROM read_json('${source.replaceAll(/[[*?]/g, '[$&]')}')) TO '${parquet}'`)
    const { result } = await runImport({
      sources: [parquet],
      outDir: folder.path('par[q]*uet?', 'out'),
      testShare: 0,
    })
    expect((await readDatasetRows(result.trainPath)).map((r) => [r.prompt[0]?.content, r.answer])).toEqual(
      expected,
    )
  })

  test('the written Parquet has the columns that Hugging Face tooling reads', async () => {
    const source = folder.write('cols.jsonl', toJsonLines(rows))
    const { result } = await runImport({ sources: [source], outDir: folder.path('cols'), testShare: 0 })
    const columns = await duckDb(
      `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '${result.trainPath}')`,
    )
    const turns = 'STRUCT("role" VARCHAR, "content" VARCHAR)[]'
    expect(columns.map((c) => [c['column_name'], c['column_type']])).toEqual([
      ['id', 'VARCHAR'],
      ['real', turns],
      ['generated', turns],
      ['check', 'VARCHAR'],
    ])
    const [first] = await duckDb(`SELECT generated FROM '${result.trainPath}' LIMIT 1`)
    expect(first?.['generated']).toEqual([turn('user', rows[0]!.prompt), turn('assistant', '')])
    expect(await duckDb(`SELECT DISTINCT compression FROM parquet_metadata('${result.trainPath}')`)).toEqual([
      { compression: 'ZSTD' },
    ])
  })
})
