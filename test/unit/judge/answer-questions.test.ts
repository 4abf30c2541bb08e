import { spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { z } from 'zod'
import { AnswersRequest, type AnswersResult } from '../../../src/contract/engine.ts'
import {
  fastChatTemperatures,
  type JudgeQuestion,
  parseAnswers,
  parseQuestions,
} from '../../../src/contract/judging.ts'
import { Decoder } from '../../../src/engine/generation/decoder.ts'
import { answerQuestionsStage } from '../../../src/engine/stages/answer-questions-stage.ts'
import { openModel } from '../../../src/engine/stages/model-context.ts'
import { hash32 } from '../../../src/engine/tensor/random.ts'
import { programFiles } from '../../../src/main/program-files.ts'
import { folderOfTests } from '../../temp-folder.ts'

const golden = join(import.meta.dirname, '../../golden/tied/model')
const home = folderOfTests('spin-judge-answers')

const questions: JudgeQuestion[] = [
  { question_id: 1, category: 'math', turns: ['Say 1', 'And 2?'] },
  { question_id: 2, category: 'writing', turns: ['Say 2 twice', 'Now 3'] },
  { question_id: 'c', category: 'stem', turns: ['Why?', 'So?'] },
  { question_id: 4, category: 'cooking', turns: ['Salt?'] },
  { question_id: 5, category: 'writing', turns: ['Go on', 'More'] },
]
const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
const questionsPath = join(home, 'question.jsonl')
writeFileSync(questionsPath, lines(questions))

const asked = (name: string, settings: object = {}, more: object = {}) => ({
  modelDir: golden,
  modelId: 'tied',
  questionsPath,
  outDir: join(home, name),
  settings: { maxNewTokens: 12, batchSize: 4, ...settings },
  ...more,
})

async function answer(request: z.input<typeof AnswersRequest>, signal = new AbortController().signal) {
  const events = []
  for await (const event of answerQuestionsStage(AnswersRequest.parse(request), signal)) events.push(event)
  return { events, result: events.at(-1) as AnswersResult }
}
const bytesOf = ({ answersPath }: AnswersResult) => readFileSync(answersPath, 'utf8')

/** Straight from the decoder, one conversation alone. */
async function plainTurn(messages: { role: 'user' | 'assistant'; content: string }[], temperature: number) {
  const { folder, renderer, tokenizer } = await openModel(golden, 'chat')
  const decoder = new Decoder(folder, { temperature, topK: 0, topP: 1, maxNewTokens: 12, batchSize: 2 }, 1)
  const id = messages[0]!.content === 'Why?' ? 'c' : '2'
  const seed = hash32(42, id, messages.length === 1 ? 0 : 1)
  for await (const { answered } of decoder.answers([{ ids: renderer.prompt(messages), seed }])) {
    if (!answered[0]) continue
    await decoder.release()
    return tokenizer.decode(answered[0].answer.ids, { skipSpecial: true }).trim()
  }
  throw new Error('the answer did not end')
}

test('both turns are those of the decoder at the temperature of their category, the first in the prompt of the second', async () => {
  const { result } = await answer(asked('plain'))
  const answers = parseAnswers(bytesOf(result), result.answersPath)
  for (const [id, first, second, temperature] of [
    ['2', 'Say 2 twice', 'Now 3', 0.7],
    ['c', 'Why?', 'So?', 0.1],
  ] as const) {
    const one = await plainTurn([{ role: 'user', content: first }], temperature)
    const two = await plainTurn(
      [
        { role: 'user', content: first },
        { role: 'assistant', content: one },
        { role: 'user', content: second },
      ],
      temperature,
    )
    expect(answers.get(id)!.choices[0]!.turns).toEqual([one, two])
  }
  expect(answers.get('4')!.choices[0]!.turns).toHaveLength(1)
  expect(result.questions).toBe(5)
})

test('the file has the shape of FastChat, in the order of the questions, whatever the batch size', async () => {
  const { result } = await answer(asked('batch', { batchSize: 2 }))
  const rows = bytesOf(result)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(rows.map(({ question_id }) => question_id)).toEqual([1, 2, 'c', 4, 5])
  for (const row of rows)
    expect(Object.keys(row)).toEqual(['question_id', 'answer_id', 'model_id', 'choices', 'tstamp'])
  expect(bytesOf(result)).toBe(readFileSync(join(home, 'plain', 'tied.jsonl'), 'utf8'))
  // FastChat takes every *.jsonl of the folder for a model's answers.
  expect(readdirSync(join(home, 'batch')).filter((name) => name.endsWith('.jsonl'))).toEqual(['tied.jsonl'])
})

test(
  'kill -9 after some turns: the same command goes on and ends with the same bytes',
  { timeout: 120_000 },
  async () => {
    const expected = readFileSync(join(home, 'plain', 'tied.jsonl'), 'utf8')
    const script = join(import.meta.dirname, 'killed-answers.ts')
    for (const k of [1, 5]) {
      const request = asked(`killed-${k}`)
      const { signal } = spawnSync(process.execPath, [script, JSON.stringify(request), String(k)])
      expect(signal).toBe('SIGKILL')
      const journal = join(request.outDir, 'tied.journal')
      const written = readFileSync(journal, 'utf8')
      const done = written.trimEnd().split('\n').length - 1
      expect(done).toBeGreaterThanOrEqual(k)
      // An older version began it otherwise.
      if (k === 5) writeFileSync(journal, written.replace('{"journal":1,', '{"journal":"answers",'))
      appendFileSync(journal, '{"question":"5","turn":1,"te') // what a power cut leaves
      const { events, result } = await answer(request)
      expect(events[0]).toMatchObject({ kind: 'progress', done, total: 9 })
      expect(bytesOf(result)).toBe(expected)
      expect(existsSync(journal)).toBe(false)
    }
  },
)

test('asked again, nothing is generated; an answer file that was edited or belongs to others is refused', async () => {
  const request = asked('again')
  const first = await answer(request)
  const again = await answer(request)
  expect(again.events).toEqual([first.result])
  await expect(answer(asked('again', { seed: 1 }))).rejects.toMatchObject({ code: 'FILE_EXISTS' })
  writeFileSync(first.result.answersPath, lines([{ question_id: 1 }]))
  await expect(answer(request)).rejects.toMatchObject({ code: 'FILE_EXISTS' })
})

test('a journal of other settings is refused, and a stop keeps what is answered', async () => {
  const stop = new AbortController()
  stop.abort()
  await expect(answer(asked('stopped'), stop.signal)).rejects.toMatchObject({ code: 'CANCELLED' })
  expect(existsSync(join(home, 'stopped', 'tied.journal'))).toBe(true)
  await expect(answer(asked('stopped', { maxNewTokens: 9 }))).rejects.toMatchObject({ code: 'FILE_EXISTS' })
})

test('a conversation that fills the context ends there, and says so', async () => {
  const path = join(home, 'long.jsonl')
  // 128 positions: the first turn leaves a few tokens, the second none.
  const turn = 'abc '.repeat(30)
  const { folder, renderer } = await openModel(golden, 'chat')
  let content = turn
  while (renderer.prompt([{ role: 'user', content }]).length > folder.config.maxPositions - 6)
    content = content.slice(0, -1)
  writeFileSync(path, lines([{ question_id: 1, category: 'math', turns: [content, 'And?'] }]))
  const { result } = await answer({ ...asked('long'), questionsPath: path })
  const [row] = [...parseAnswers(bytesOf(result), path).values()]
  const { turns, finish, tokens } = row!.choices[0]!
  expect(finish![1]).toBe('context')
  expect(turns[1]).toBe('')
  expect(tokens![0]).toBeLessThanOrEqual(6)
  expect(result).toMatchObject({ questions: 1, empty: turns.filter((text) => text === '').length })
})

test('what does not parse is named by its line; a template without a second turn is told before any work', async () => {
  const path = join(home, 'bad.jsonl')
  writeFileSync(path, `${lines([questions[0]!])}{"question_id":2,"category":"x","turns":[]}\n`)
  await expect(answer({ ...asked('bad'), questionsPath: path })).rejects.toThrow(/line 2.*turns/)
  writeFileSync(path, lines([questions[0]!, questions[0]!]))
  await expect(answer({ ...asked('bad'), questionsPath: path })).rejects.toThrow('occurs twice')
  writeFileSync(path, '\n')
  await expect(answer({ ...asked('bad'), questionsPath: path })).rejects.toMatchObject({
    code: 'DATASET_EMPTY',
  })

  const strict = join(home, 'strict')
  cpSync(golden, strict, { recursive: true })
  const config = JSON.parse(readFileSync(join(strict, 'tokenizer_config.json'), 'utf8')) as object
  const template = "{% if messages | length > 1 %}{{ raise_exception('one question only') }}{% endif %}Q"
  writeFileSync(join(strict, 'tokenizer_config.json'), JSON.stringify({ ...config, chat_template: template }))
  const request = { ...asked('strict-answers'), modelDir: strict }
  await expect(answer(request)).rejects.toMatchObject({ code: 'TEMPLATE_BROKEN' })
  expect(readdirSync(request.outDir)).toEqual([])
})

test('our own questions: four or more a category of MT-Bench, two turns each, references where there is a right answer', () => {
  const own = parseQuestions(readFileSync(programFiles.judgeQuestionsPath, 'utf8'), 'questions.jsonl')
  for (const category of Object.keys(fastChatTemperatures)) {
    const of = own.filter((question) => question.category === category)
    expect(of.length).toBeGreaterThanOrEqual(4)
    for (const { turns, reference } of of) {
      expect(turns).toHaveLength(2)
      if (['math', 'reasoning', 'coding'].includes(category)) expect(reference).toHaveLength(2)
    }
  }
})
