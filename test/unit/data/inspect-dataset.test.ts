import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { InspectDatasetRequest } from '../../../src/contract/dataset-inspection.ts'
import { inspectDataset } from '../../../src/engine/data/inspect-dataset.ts'
import { duckDb, promptRows, testFolder, toJsonLines, turn } from './dataset-fixture.ts'

const folder = testFolder()
const inspect = (...sources: string[]) => inspectDataset(InspectDatasetRequest.parse({ sources }))
const inspectOne = async (source: string) => (await inspect(source)).files[0]!

describe('a good file', () => {
  test('chat messages in JSON Lines: the layout, columns in words, rows as training takes them', async () => {
    const messages = [
      turn('system', 'Be brief.'),
      turn('user', 'Where is\nmy order?'),
      turn('assistant', 'On its way.'),
    ]
    const path = folder.write(
      'chat.jsonl',
      toJsonLines([
        { messages, ticket: 7, lang: 'en', day: '2025-03-18', open: true, tags: ['a', 'b'], note: null },
        {
          messages: [turn('user', 'Thanks')],
          ticket: null,
          lang: '',
          day: '2025-03-19',
          open: false,
          tags: [],
          note: null,
        },
      ]),
    )
    const file = await inspectOne(path)
    expect(file).toMatchObject({
      name: 'chat.jsonl',
      kind: 'jsonl',
      split: null,
      problem: null,
      detected: { format: 'messages', columns: { messages: 'messages' } },
    })
    expect(file.columns).toEqual([
      { name: 'messages', type: 'list of messages', first: 'user: “Where is my order?”, 2 more' },
      { name: 'ticket', type: 'number', first: '7' },
      { name: 'lang', type: 'text', first: '“en”' },
      { name: 'day', type: 'date', first: '2025-03-18' },
      { name: 'open', type: 'true or false', first: 'true' },
      { name: 'tags', type: 'list of text or list', first: '["a","b"]' },
      { name: 'note', type: 'empty', first: '' },
    ])
    expect(file.sample).toEqual([
      { kind: 'kept', row: 1, prompt: 'Where is my order?', answer: 'On its way.' },
      expect.objectContaining({ kind: 'dropped', row: 2, reason: 'no-assistant-turn' }),
    ])
  })

  test('Parquet, JSON and CSV with two files of their own split, and a folder', async () => {
    await duckDb(
      `COPY (SELECT 'q' || i AS question, 'a' || i AS answer FROM range(30) t(i)) TO '${folder.path('train.parquet')}'`,
    )
    folder.write('test.csv', 'question,answer\n"one, two",three\n')
    const { files, ownSplit, twoAnswers } = await inspect(
      folder.path('train.parquet'),
      folder.path('test.csv'),
    )
    expect(files.map(({ split, detected, sample }) => [split, detected?.format, sample.length])).toEqual([
      ['train', 'prompt-response', 20],
      ['test', 'prompt-response', 1],
    ])
    expect([ownSplit, twoAnswers]).toEqual([true, false])
    folder.write('whole/a.json', JSON.stringify(promptRows(3)))
    folder.write('whole/more/b.json', JSON.stringify(promptRows(3, 3)))
    expect((await inspect(folder.path('whole'))).files.map(({ name }) => name)).toEqual([
      'whole/a.json',
      'whole/more/b.json',
    ])
  })

  test('a preference set says that it has two answers', async () => {
    const path = folder.write(
      'preferences.jsonl',
      toJsonLines([{ prompt: 'p', chosen: 'good', rejected: 'bad' }]),
    )
    expect(await inspect(path)).toMatchObject({
      twoAnswers: true,
      files: [{ detected: { format: 'chosen-rejected' } }],
    })
  })

  test('a mapping that was given is used for the sample, and its missing column is named', async () => {
    const path = folder.write('odd.csv', 'ask,reply\nWhy?,Because.\n')
    const mapping = (response: string) =>
      inspectDataset({
        sources: [path],
        mapping: { format: 'prompt-response', columns: { prompt: 'ask', response } },
      })
    expect((await mapping('reply')).files[0]).toMatchObject({
      detected: null,
      problem: null,
      sample: [{ kind: 'kept', prompt: 'Why?', answer: 'Because.' }],
    })
    expect((await mapping('antwort')).files[0]?.problem).toContain('antwort')
  })

  test('every layout says its roles, so that columns can be chosen for it', async () => {
    const { layouts } = await inspect(folder.write('one.jsonl', toJsonLines(promptRows(1))))
    const roles = layouts.find(({ format }) => format === 'prompt-response')?.roles
    expect(roles?.filter(({ required }) => required).map(({ role }) => role)).toEqual(['prompt', 'response'])
    expect(roles?.map(({ role }) => role)).toContain('check')
  })
})

describe('a broken file is a problem in words, never an exception', () => {
  test.each([
    ['an empty file', 'empty.jsonl', '', 'empty.jsonl is empty'],
    ['a truncated JSON file', 'cut.json', '[{"prompt": "a", "resp', 'holds no readable row'],
    [
      'text that is no JSON',
      'prose.jsonl',
      'Dear diary,\nnothing happened.\n',
      'holds no readable row. Row 1: not JSON',
    ],
    ['bytes that are no Parquet', 'noise.parquet', 'PAR1 and nothing else', 'Expected a whole Parquet file'],
    ['UTF-16', 'wide.jsonl', Buffer.from('\ufeff{"prompt":"a"}', 'utf16le'), 'found UTF-16'],
    ['columns of no known layout', 'odd.jsonl', '{"x": 1, "y": 2}\n', 'Expected one of these column layouts'],
    ['a header alone', 'header.csv', 'prompt,response\n', 'holds no readable row'],
    ['a list of numbers', 'numbers.json', '[1, 2, 3]', 'holds no readable row. Row 1: expected an object'],
  ])('%s', async (_, name, content, words) => {
    const file = await inspectOne(folder.write(`broken/${name}`, content))
    expect(file.problem).toContain(words)
    expect(file.sample).toEqual([])
  })

  test('a truncated Parquet file', async () => {
    const whole = folder.path('whole.parquet')
    await duckDb(`COPY (SELECT 'q' AS prompt, 'a' AS response FROM range(5000)) TO '${whole}'`)
    const file = await inspectOne(folder.write('half.parquet', readFileSync(whole).subarray(0, 300)))
    expect(file.problem).toContain('half.parquet')
  })

  test('one broken line among good ones is a sample row with its reason', async () => {
    const lines = promptRows(3).map((row) => JSON.stringify(row))
    lines[1] = '{"prompt": "cut'
    const { sample, problem } = await inspectOne(folder.write('line.jsonl', lines.join('\n')))
    expect(problem).toBe(null)
    expect(sample.map(({ kind }) => kind)).toEqual(['kept', 'dropped', 'kept'])
  })

  test('hostile column names and deep values', async () => {
    const deep = '['.repeat(2000) + ']'.repeat(2000)
    const path = folder.write(
      'hostile.jsonl',
      `{"__proto__": {"a": 1}, "constructor": "c", "": 1, "deep": ${deep}}\n`,
    )
    const file = await inspectOne(path)
    expect(file.columns.map(({ name }) => name).toSorted()).toEqual(['', '__proto__', 'constructor', 'deep'])
    expect(file.problem).toContain('Expected one of these column layouts')
  })

  test('a path that is not there and a file of another kind are refused', async () => {
    await expect(inspect(folder.path('nowhere.jsonl'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await expect(inspect(folder.write('notes.txt', 'x'))).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })
})
