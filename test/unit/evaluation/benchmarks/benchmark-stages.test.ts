import { readFileSync, rmSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { BenchmarkCostRequest, ContaminationRequest } from '../../../../src/contract/engine.ts'
import { benchmarkCostStage } from '../../../../src/engine/stages/benchmark-cost-stage.ts'
import { benchmarkStage } from '../../../../src/engine/stages/benchmark-stage.ts'
import { contaminationStage } from '../../../../src/engine/stages/contamination-stage.ts'
import { BenchmarkRequest } from '../../../../src/contract/engine.ts'
import { benchmarkPath, readBenchmarkGolden } from '../../../golden/benchmark-golden.ts'
import { runImport, testFolder, toJsonLines } from '../../data/dataset-fixture.ts'
import { tempFolder } from '../../model-folder/tiny-model.ts'

const folder = testFolder()
const home = tempFolder()
afterAll(() => rmSync(home, { recursive: true, force: true }))

const { signal } = new AbortController()
const models = { modelDir: benchmarkPath('model'), dataDir: benchmarkPath('data') }

async function last<T extends { kind: string }>(stream: AsyncIterable<T>) {
  let found: T | undefined
  for await (const event of stream) found = event
  expect(found!.kind).toBe('done')
  return found as Extract<T, { kind: 'done' }>
}

test('the cost of tasks: what is shared is counted once, seconds are measured', async () => {
  const settings = { tasks: ['hellaswag', 'mmlu', 'gsm8k'], limit: 12 }
  const request = BenchmarkCostRequest.parse({ ...models, settings })
  const { tasks, seconds, peakBytes } = await last(benchmarkCostStage(request, signal))
  expect(tasks.map(({ task }) => task)).toEqual(settings.tasks)
  const [hellaswag, mmlu, gsm8k] = tasks
  const golden = readBenchmarkGolden('harness-0.4.0').tasks
  const first = golden['hellaswag']!.questions.filter(({ index }) => index < 12)
  expect(hellaswag).toMatchObject({
    questions: 12,
    requests: first.reduce((sum, { continuations }) => sum + continuations!.length, 0),
    generatedTokensAtMost: 0,
  })
  expect(hellaswag!.tokensUnshared / hellaswag!.tokens).toBeGreaterThan(2.5)
  expect(mmlu!.tokensUnshared / mmlu!.tokens).toBeGreaterThan(4)
  expect(gsm8k).toMatchObject({ questions: 12, requests: 12, generatedTokensAtMost: 12 * 256 })
  for (const cost of tasks) expect(cost.seconds).toBeGreaterThan(0)
  expect(seconds).toBeCloseTo(
    tasks.reduce((sum, cost) => sum + cost.seconds, 0),
    9,
  )
  expect(peakBytes).toBeGreaterThan(1e6)
})

test('training rows that hold a question are found, and the row is named', async () => {
  const tasks = ['arc_challenge', 'hellaswag']
  // A question as a benchmark of this model told it.
  const outDir = `${home}/told`
  const run = BenchmarkRequest.parse({ ...models, outDir, settings: { tasks: ['hellaswag'], limit: 3 } })
  await last(benchmarkStage(run, signal))
  const lines = readFileSync(`${outDir}/hellaswag.jsonl`, 'utf8').trimEnd().split('\n')
  const question = JSON.parse(lines[2]!) as { question: string; target: string }
  const rows = Array.from({ length: 30 }, (_, i) => ({
    prompt:
      i === 17
        ? `Go on: ${question.question}`
        : `Count to ${i} in as many words as you like, please, and slowly`,
    response:
      i === 17
        ? question.target
        : `${i} and then the next one and the one after that, up to the end of it all`,
  }))
  const source = folder.write('rows.jsonl', toJsonLines(rows))
  const { result } = await runImport({ sources: [source], outDir: folder.path('out'), testShare: 0 })
  const request = ContaminationRequest.parse({
    dataDir: models.dataDir,
    tasks,
    trainPath: result.trainPath,
    words: 8,
  })
  const found = await last(contaminationStage(request, signal))
  expect(found).toMatchObject({ trainRows: 30, words: 8 })
  expect(found.tasks.map(({ task, questions, overlapping }) => [task, questions, overlapping])).toEqual([
    ['arc_challenge', 40, 0],
    ['hellaswag', 40, 1],
  ])
  expect(found.tasks[1]!.examples[0]).toMatchObject({ index: 2, question: question.question })
})

test('a chat template is no part of 0.4.0, and an unknown task is named', async () => {
  const wrong = (settings: object) =>
    last(benchmarkStage(BenchmarkRequest.parse({ ...models, outDir: home, settings }), signal))
  await expect(wrong({ tasks: ['arc_challenge'], chatTemplate: true })).rejects.toMatchObject({
    code: 'BAD_INPUT',
  })
  await expect(wrong({ tasks: ['nothing'] })).rejects.toThrow(/found "nothing"/)
})
