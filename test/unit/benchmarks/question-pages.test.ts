import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openQuestions, readQuestions } from '../../../src/main/benchmarks/question-file.ts'
import { questionPage } from '../../../src/main/benchmarks/question-pages.ts'
import { question, temporaryFolder, writeQuestions } from './question-fixture.ts'

const metric = 'acc_norm,none'
const everything = { subjects: null, show: 'all', search: '', offset: 0, limit: 200 } as const
const indices = ({ questions }: Awaited<ReturnType<typeof questionPage>>) =>
  questions.map(({ question: { index } }) => index)

test('a page is read by its bytes, whatever characters the lines are made of', async () => {
  const all = Array.from({ length: 1000 }, (_, i) =>
    question(i, i % 2, { question: `${'日本🙂'.repeat(i % 7)} number ${i}` }),
  )
  const file = await openQuestions(writeQuestions(all))
  const page = await questionPage(file, null, metric, { ...everything, offset: 990, limit: 50 })
  expect(page.total).toBe(1000)
  expect(page.questions.map(({ question: found }) => found)).toEqual(all.slice(990))
  expect(await readQuestions(file, [file.entries[7]!, file.entries[3]!])).toEqual([all[7], all[3]])
})

test('right, wrong, cut and changed questions are told apart, and the other evaluation stands beside', async () => {
  const before = await openQuestions(writeQuestions([0, 1, 1, 0].map((right, i) => question(i, right))))
  const after = await openQuestions(
    writeQuestions([
      question(2, 0), // in another order: a task that still runs
      question(0, 1, { truncated: true }),
      question(1, 1),
      question(4, 1),
    ]),
  )
  const show = async (what: 'right' | 'wrong' | 'truncated' | 'changed') =>
    indices(await questionPage(after, before, metric, { ...everything, show: what }))
  expect(await show('right')).toEqual([0, 1, 4])
  expect(await show('wrong')).toEqual([2])
  expect(await show('truncated')).toEqual([0])
  expect(await show('changed')).toEqual([2, 0])
  const { questions } = await questionPage(after, before, metric, everything)
  expect(questions.map(({ other }) => other?.metrics[metric] ?? null)).toEqual([1, 0, 1, null])
})

test('of a task with subjects one subject, or a group of them, can be looked at', async () => {
  const of = ['mmlu_anatomy', 'mmlu_virology', 'mmlu_anatomy'].map((task, i) => question(i, 1, { task }))
  const file = await openQuestions(writeQuestions(of))
  const subjects = ['mmlu_anatomy', 'mmlu_astronomy']
  expect(indices(await questionPage(file, null, metric, { ...everything, subjects }))).toEqual([0, 2])
})

test('of a probability, as TruthfulQA has it, more than a half is right', async () => {
  const file = await openQuestions(writeQuestions([0.2, 0.51, 0.9].map((p, i) => question(i, p))))
  expect(indices(await questionPage(file, null, metric, { ...everything, show: 'right' }))).toEqual([1, 2])
})

test('fourteen thousand questions are searched by question, choice, answer and response, page by page', async () => {
  const all = Array.from({ length: 14_042 }, (_, i) =>
    question(i, 1, {
      question: `Question ${i} ${'of many words '.repeat(40)}`,
      response: i % 1000 === 0 ? 'It is "#### ÄRGER"' : null,
    }),
  )
  const file = await openQuestions(writeQuestions(all))
  const search = '"#### ärger'
  const first = await questionPage(file, null, metric, { ...everything, search, limit: 10 })
  expect([first.total, indices(first)[9]]).toEqual([15, 9000])
  const second = await questionPage(file, null, metric, { ...everything, search, offset: 10, limit: 10 })
  expect(indices(second)).toEqual([10_000, 11_000, 12_000, 13_000, 14_000])
})

test('what is added while a task runs is seen, but for a line that is still being written', async () => {
  const path = writeQuestions([question(0, 1)])
  expect((await openQuestions(path)).entries).toHaveLength(1)
  const line = JSON.stringify(question(1, 0))
  appendFileSync(path, `${line}\n${line.slice(0, 30)}`)
  expect((await openQuestions(path)).entries.map(({ index }) => index)).toEqual([0, 1])
})

test('a file that has gone and a line that is no question are named', async () => {
  await expect(openQuestions(join(temporaryFolder(), 'mmlu.jsonl'))).rejects.toThrow(
    /mmlu\.jsonl, found nothing/,
  )
  const path = writeQuestions([question(0, 1)])
  appendFileSync(path, '{"index": 1}\n')
  await expect(openQuestions(path)).rejects.toThrow(`Expected a question on every line of ${path}`)
})
