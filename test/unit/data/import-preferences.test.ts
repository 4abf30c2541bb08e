import { describe, expect, test } from 'vitest'
import { readPairRows } from '../../../src/engine/data/pair-rows.ts'
import { readDatasetRows } from '../../../src/engine/data/dataset-rows.ts'
import { promptId } from '../../../src/engine/data/row-identity.ts'
import { runImport, testFolder, toJsonLines, turn } from './dataset-fixture.ts'

const folder = testFolder()
let nextOut = 0

const importRows = (rows: readonly unknown[], more: { testShare?: number; keepRejected?: boolean } = {}) =>
  runImport({
    sources: [folder.write(`source-${nextOut}.jsonl`, toJsonLines(rows))],
    outDir: folder.path(`out-${nextOut++}`),
    testShare: 0,
    keepRejected: true,
    ...more,
  })

const asked = (question: string, answer: string) => [turn('user', question), turn('assistant', answer)]

describe('a preference set imported with its rejected answers', () => {
  test('becomes pairs: chosen is real, rejected is generated and ended by itself', async () => {
    const { result } = await importRows([
      { prompt: 'q', chosen: asked('q', 'good'), rejected: asked('q', 'bad') },
      { prompt: 'r', chosen: 'right', rejected: ' wrong' },
      { system: 'S', prompt: 'q', chosen: 'good', rejected: 'bad' },
    ])
    expect(await readPairRows(result.trainPath)).toEqual([
      {
        id: promptId([{ role: 'user', content: 'q' }]),
        prompt: [turn('user', 'q')],
        real: 'good',
        generated: 'bad',
        finishReason: 'stop',
        check: null,
      },
      expect.objectContaining({ real: 'right', generated: ' wrong' }),
      expect.objectContaining({ prompt: [turn('system', 'S'), turn('user', 'q')], generated: 'bad' }),
    ])
  })

  test('keeps every pair of a prompt once, and all of them in the same split', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => ({
      prompt: `q${i % 20}`,
      chosen: 'good',
      rejected: `bad ${Math.floor(i / 20) % 2}`, // the third of each prompt repeats the first
    }))
    const { result } = await importRows(rows, { testShare: 0.3 })
    expect(result.dropped).toEqual({ 'duplicate-prompt': 20 })
    const train = new Set((await readPairRows(result.trainPath)).map(({ id }) => id))
    const test_ = await readPairRows(result.testPath)
    expect(result.trainRows + result.testRows).toBe(40)
    expect(test_.length).toBeGreaterThan(2)
    expect(test_.filter(({ id }) => train.has(id))).toEqual([])
  })

  test('drops rows without a rejected answer and rows whose answers belong to two prompts', async () => {
    const { result, dropped } = await importRows([
      { prompt: 'a', chosen: 'good', rejected: ' ' },
      { prompt: 'b', chosen: 'good', rejected: null },
      { prompt: 'c', chosen: asked('c', 'good'), rejected: asked('d', 'bad') },
      { prompt: 'e', chosen: 'good', rejected: 'bad' },
    ])
    expect(result.trainRows).toBe(1)
    expect(dropped.map(({ row, reason }) => [row, reason])).toEqual([
      [1, 'empty-answer'],
      [2, 'empty-answer'],
      [3, 'different-prompts'],
    ])
  })

  test('a set with one answer a row is refused by its columns', async () => {
    await expect(importRows([{ prompt: 'a', response: 'b' }])).rejects.toMatchObject({
      code: 'DATASET_UNMAPPED',
      message: expect.stringContaining('found prompt, response'),
    })
  })

  test('is the same dataset for generation: the chosen answers, without the option or with it', async () => {
    const rows = [{ prompt: 'q', chosen: 'good', rejected: 'bad' }]
    const [pairs, plain] = [await importRows(rows), await importRows(rows, { keepRejected: false })]
    const expected = [expect.objectContaining({ prompt: [turn('user', 'q')], answer: 'good' })]
    expect(await readDatasetRows(pairs.result.trainPath)).toEqual(expected)
    expect(await readDatasetRows(plain.result.trainPath)).toEqual(expected)
    expect((await readPairRows(plain.result.trainPath))[0]!.generated).toBe('')
  })
})
