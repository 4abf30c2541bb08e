import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DatasetLengths } from '../../../src/contract/dataset-inspection.ts'
import { DatasetRowRequest, MeasureDatasetRequest } from '../../../src/contract/dataset-inspection.ts'
import { lengthHistogram } from '../../../src/engine/forecast/length-histogram.ts'
import { datasetRowStage } from '../../../src/engine/stages/dataset-row-stage.ts'
import { measureDatasetStage } from '../../../src/engine/stages/measure-dataset-stage.ts'
import { runImport, testFolder, toJsonLines, turn } from '../data/dataset-fixture.ts'
import { tempFolder, writeTinyModel } from '../model-folder/tiny-model.ts'

const folder = testFolder()
const modelDir = tempFolder()
afterAll(() => rmSync(modelDir, { recursive: true, force: true }))
let data: { trainPath: string; testPath: string; trainRows: number; testRows: number }

const chatTemplate =
  "{% for m in messages %}{% if m.role == 'system' and not loop.first %}{{ raise_exception('late system') }}{% endif %}" +
  '[{{ m.role }}]{{ m.content }}</s>{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}'

beforeAll(async () => {
  await writeTinyModel(modelDir, {
    tokenizer: { bosToken: '<s>', eosToken: '</s>', chatTemplate },
  })
  const rows = Array.from({ length: 40 }, (_, i) => ({
    messages: [turn('system', 'Be brief.'), turn('user', `q${i}`), turn('assistant', 'x'.repeat(i + 1))],
  }))
  const source = folder.write('rows.jsonl', toJsonLines(rows))
  data = (await runImport({ sources: [source], outDir: folder.path('out'), testShare: 0.25 })).result
})

async function eventsOf<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const events: T[] = []
  for await (const event of stream) events.push(event)
  return events
}

async function measure(maxLength: number): Promise<DatasetLengths> {
  let done: DatasetLengths | null = null
  const request = MeasureDatasetRequest.parse({ ...data, modelDir, maxLength })
  for await (const event of measureDatasetStage(request, new AbortController().signal))
    if (event.kind === 'done') done = event
  return done!
}

test('all rows of both splits are counted by the template and the tokenizer of the model', async () => {
  const lengths = await measure(1024)
  expect(lengths).toMatchObject({ rows: 40, measured: 40, refused: 0, refusal: null, overLimit: 0 })
  expect(lengths.bins.reduce((sum, rows) => sum + rows, 0) + lengths.beyond).toBe(40)
  // Answers have 1–40 bytes, each a token, and the end of the turn; prompts are as long as each other but for one digit.
  expect(lengths.medianAnswer).toBe(21)
  expect(lengths.median - lengths.medianPrompt).toBeCloseTo(21, -1)
})

test('rows over the limit are counted, and the row preview agrees with the histogram', async () => {
  const { longest } = await measure(1024)
  const { overLimit } = await measure(longest - 2)
  expect(overLimit).toBe(2)
  const request = (row: number, split: 'trainPath' | 'testPath') =>
    DatasetRowRequest.parse({ path: data[split], row, modelDir })
  const all = [
    ...Array.from({ length: data.trainRows }, (_, row) => request(row, 'trainPath')),
    ...Array.from({ length: data.testRows }, (_, row) => request(row, 'testPath')),
  ]
  let found = 0
  for (const one of all) {
    const { rendered } = await datasetRowStage(one)
    found = Math.max(found, rendered!.promptTokens + rendered!.answerTokens)
  }
  expect(found).toBe(longest)
})

test('a row shows its turns, the rendered text, and which tokens are learned', async () => {
  const view = await datasetRowStage(DatasetRowRequest.parse({ path: data.trainPath, row: 0, modelDir }))
  expect(view.turns.map(({ role, learned }) => [role, learned])).toEqual([
    ['system', false],
    ['user', false],
    ['assistant', true],
  ])
  const { rendered, turns } = view
  expect(rendered?.promptText).toBe(`[system]Be brief.</s>[user]${turns[1]?.content}</s>[assistant]`)
  expect(rendered?.answerText).toBe(`${turns[2]?.content}</s>`)
  const learned = rendered!.tokens.filter((token) => token.learned)
  expect(learned.map(({ text }) => text).join('')).toBe(rendered?.answerText)
  expect(learned).toHaveLength(rendered!.answerTokens)
  expect(turns[0]?.tokens).toBe('Be brief.'.length)
})

test('without a model the conversation alone is shown; a row beyond the last is refused', async () => {
  const row = (at: number) =>
    datasetRowStage(DatasetRowRequest.parse({ path: data.trainPath, row: at, modelDir: null }))
  expect(await row(0)).toMatchObject({ rows: data.trainRows, rendered: null, problem: null })
  await expect(row(data.trainRows)).rejects.toMatchObject({ code: 'BAD_INPUT' })
})

test('a row that the template refuses is counted and shown with the refusal', async () => {
  const source = folder.write(
    'late.jsonl',
    toJsonLines([
      { messages: [turn('user', 'a'), turn('system', 'b'), turn('user', 'c'), turn('assistant', 'd')] },
      { messages: [turn('user', 'e'), turn('assistant', 'f')] },
    ]),
  )
  const { result } = await runImport({ sources: [source], outDir: folder.path('late'), testShare: 0 })
  const request = MeasureDatasetRequest.parse({ ...result, testPath: null, modelDir, maxLength: 64 })
  const events = await eventsOf(measureDatasetStage(request, new AbortController().signal))
  expect(events.at(-1)).toMatchObject({
    measured: 1,
    refused: 1,
    refusal: expect.stringContaining('late system'),
  })
  const view = await datasetRowStage(DatasetRowRequest.parse({ path: result.trainPath, row: 0, modelDir }))
  expect(view).toMatchObject({ rendered: null, problem: expect.stringContaining('late system') })
})

test('the rejected answer of a pair is shown', async () => {
  const source = folder.write('pairs.jsonl', toJsonLines([{ prompt: 'p', chosen: 'good', rejected: 'bad' }]))
  const outDir = folder.path('pairs')
  const { result } = await runImport({ sources: [source], outDir, testShare: 0, keepRejected: true })
  const path = join(outDir, 'train.parquet')
  expect(result.trainPath).toBe(path)
  expect(await datasetRowStage(DatasetRowRequest.parse({ path, row: 0, modelDir }))).toMatchObject({
    rejected: 'bad',
  })
})

test('one row that is far too long does not press the others into one bar', () => {
  const prompts = [...Array.from({ length: 99 }, (_, i) => i), 90_000]
  const histogram = lengthHistogram({ prompts, answers: prompts.map(() => 1), limit: 64 })
  expect(histogram).toMatchObject({ measured: 100, beyond: 1, longest: 90_001, median: 50, p95: 95 })
  expect(histogram.bins.length).toBeGreaterThan(20)
  expect(histogram.bins.length).toBeLessThanOrEqual(40)
})
