import { expect, test } from 'vitest'
import { type ExpectedTokens, kinds, loadGoldenTokenizer, readGz } from './read-text-golden.ts'

const corpus = readGz<string[]>('corpus.json.gz')

test('the corpus has at least 2,000 different texts, and every kind of tokenizer is there', () => {
  expect(new Set(corpus).size).toBeGreaterThanOrEqual(2000)
  expect(kinds).toEqual(
    expect.arrayContaining([
      'gpt2',
      'llama3',
      'qwen',
      'o200k',
      'llama2',
      'mistral',
      'gemma',
      'phi3',
      'unigram',
    ]),
  )
})

for (const kind of kinds) {
  test(`${kind}: every text has the ids that transformers gives it`, async () => {
    const tokenizer = await loadGoldenTokenizer(kind)
    const { ids } = readGz<ExpectedTokens>(`${kind}/expected.json.gz`)
    expect(ids).toHaveLength(corpus.length)
    const wrong = corpus.flatMap((text, i) => {
      const found = tokenizer.encode(text)
      return found.join() === ids[i]!.join() ? [] : [{ text, expected: ids[i], found }]
    })
    expect(wrong.slice(0, 5)).toEqual([])
    expect(wrong).toHaveLength(0)
  })

  test(`${kind}: every list of ids decodes to the text that transformers makes of it`, async () => {
    const tokenizer = await loadGoldenTokenizer(kind)
    const { ids, decoded, skipped, random } = readGz<ExpectedTokens>(`${kind}/expected.json.gz`)
    const rows = [
      ...random,
      ...ids.map((row, i) => ({
        ids: row,
        decoded: decoded[i] ?? corpus[i]!,
        skipped: skipped[i] ?? corpus[i]!,
      })),
    ]
    const wrong = rows.flatMap((row) => {
      const found = {
        decoded: tokenizer.decode(row.ids),
        skipped: tokenizer.decode(row.ids, { skipSpecial: true }),
      }
      return found.decoded === row.decoded && found.skipped === row.skipped ? [] : [{ row, found }]
    })
    expect(wrong.slice(0, 5)).toEqual([])
    expect(wrong).toHaveLength(0)
  })
}
