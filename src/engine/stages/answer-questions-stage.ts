import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import type { LogEvent, Progress } from '../../contract/engine.ts'
import { type AnswersRequest, AnswersResult } from '../../contract/engine/judging.ts'
import { AppError } from '../../contract/errors.ts'
import {
  type JudgeQuestion,
  limitQuestions,
  type ModelAnswer,
  parseQuestions,
} from '../../contract/judging.ts'
import { fileError, removeFile, writeFileAtomically } from '../data/atomic-file.ts'
import {
  type AnsweredTurn,
  type AnswerJournal,
  openAnswerJournal,
  otherAnswers,
  turnKey,
} from '../evaluation/judging/answer-journal.ts'
import { Decoder, type Prompt } from '../generation/decoder.ts'
import { engineThreads } from '../model/engine-threads.ts'
import { progressWords } from '../../strings/progress.ts'
import { hash32 } from '../tensor/random.ts'
import { settingsHash } from '../training/settings-hash.ts'
import { inContext } from './context-length.ts'
import { batchAfter } from './memory-attempt.ts'
import { type ModelContext, openModel } from './model-context.ts'
import { generationDevice } from './program-backend.ts'
import { StageProgress } from './stage-progress.ts'
import { finishedResult, writeResult } from './stage-result.ts'

type Request = z.output<typeof AnswersRequest>
type Event = Progress | LogEvent

/**
 * Answers two-turn questions by the model's own chat template, at the temperature of each question's category, as
 * FastChat's gen_model_answer does. All first turns come before the second ones, so that both are batched. An answer
 * depends on the model, the conversation and its own seed, hash(seed, question, turn): interrupted or not, whatever the
 * batch size, the file has the same bytes (its `tstamp` is therefore 0).
 * Throws FILE_EXISTS where the folder holds other answers under this name, FILE_UNREADABLE for a question file that does
 * not parse, TEMPLATE_BROKEN before a token is made where the template takes no second turn, and CANCELLED.
 */
export async function* answerQuestionsStage(
  request: Request,
  signal: AbortSignal,
): AsyncGenerator<Event | AnswersResult> {
  const { settings, outDir, modelId } = request
  await mkdir(outDir, { recursive: true })
  const questions = limitQuestions(await readQuestions(request.questionsPath), settings.limit)
  const opened = await openModel(request.modelDir, 'chat')
  for (const message of opened.folder.warnings) yield { kind: 'log', level: 'warning', message }
  const { maxPositions } = opened.folder.config
  const longest = Math.min(maxPositions, longestConversation(questions, opened, settings.maxNewTokens))
  const model = { ...opened, folder: inContext(opened.folder, () => longest).folder }
  const modelSha256 = await model.folder.sha256()
  const { batchSize: _batchSize, limit: _limit, ...sampling } = settings
  const key = settingsHash({ model: modelSha256, modelId, questions: settingsHash(questions), sampling })

  const paths = answerPaths(outDir, modelId)
  const known = await knownResult(paths, key)
  if (known) {
    yield { ...known, answersPath: paths.answers }
    return
  }
  const journal = await openAnswerJournal(paths.journal, key)
  try {
    yield* answerTurns(model, questions, journal, request, signal)
    const turns = questions.flatMap(({ question_id, turns: asked }) =>
      asked.map((_, turn) => journal.turns.get(turnKey({ question: String(question_id), turn }))!),
    )
    const text = questions.map((question) => answerLine(question, journal, modelId, key)).join('')
    await writeFileAtomically(paths.answers, text)
    const result: AnswersResult = {
      kind: 'done',
      answersPath: paths.answers,
      answersSha256: sha256Of(text),
      modelSha256,
      questions: questions.length,
      capped: turns.filter(({ finish }) => finish === 'length').length,
      noRoom: turns.filter(({ finish }) => finish === 'context').length,
      empty: turns.filter(({ text: answer }) => answer === '').length,
      tokens: turns.reduce((sum, { tokens }) => sum + tokens, 0),
    }
    await writeResult(paths.result, key, result)
    await removeFile(paths.journal)
    yield result
  } finally {
    await journal.close()
  }
}

/** FastChat reads every `*.jsonl` of the folder as answers, so nothing else has that name. */
const answerPaths = (outDir: string, modelId: string) => ({
  answers: join(outDir, `${modelId}.jsonl`),
  journal: join(outDir, `${modelId}.journal`),
  result: join(outDir, `${modelId}.result.json`),
})

async function readQuestions(path: string): Promise<JudgeQuestion[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(error, path, 'read')
  })
  return parseQuestions(text, path)
}

/** Null where there is still something to do. */
async function knownResult(
  { answers, result }: ReturnType<typeof answerPaths>,
  key: string,
): Promise<AnswersResult | null> {
  const text = await readFile(answers, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw fileError(error, answers, 'read')
  })
  if (text === null) return null
  const known = await finishedResult(result, key, AnswersResult)
  // Answers are written before their result: a crash between the two leaves the same bytes and the journal.
  if (known?.answersSha256 === sha256Of(text)) return known
  if (text.includes(`"answer_id":"${key.slice(0, 16)}-`)) return null
  throw otherAnswers(answers)
}

/** Renders every conversation once, so that a template which refuses a second turn is told before any work. */
function longestConversation(
  questions: readonly JudgeQuestion[],
  { renderer }: ModelContext,
  maxNewTokens: number,
): number {
  const lengths = questions.map(({ turns }) => {
    const [first = '', second] = turns
    const opening = { role: 'user', content: first } as const
    if (second === undefined) return renderer.prompt([opening]).length + maxNewTokens
    const both = [opening, { role: 'assistant', content: '.' }, { role: 'user', content: second }] as const
    return renderer.prompt(both).length + 2 * maxNewTokens
  })
  return Math.max(...lengths)
}

interface OpenTurn {
  question: string
  turn: number
  prompt: Prompt
}

async function* answerTurns(
  { folder, tokenizer, renderer }: ModelContext,
  questions: readonly JudgeQuestion[],
  journal: AnswerJournal,
  { settings, memoryAttempt }: Request,
  signal: AbortSignal,
): AsyncGenerator<Event> {
  const { maxPositions } = folder.config
  const temperatureOf = ({ category }: JudgeQuestion): number => {
    const own = Object.hasOwn(settings.temperatures, category) ? settings.temperatures[category] : undefined
    const temperature = own ?? settings.otherTemperature
    return temperature < 1e-4 ? 0 : temperature // FastChat's limit of greedy
  }
  const total = questions.reduce((sum, { turns }) => sum + turns.length, 0)
  const progress = new StageProgress(progressWords.answeringQuestions, total, progressWords.units.turns)
  let tokens = 0
  yield progress.at(journal.turns.size)

  /** What is left of a turn at a temperature; turns without room are journalled at once. */
  const openTurns = async (turn: number, temperature: number): Promise<OpenTurn[]> => {
    const open: OpenTurn[] = []
    const full: AnsweredTurn[] = []
    for (const question of questions) {
      const id = String(question.question_id)
      if (temperatureOf(question) !== temperature || turn >= question.turns.length) continue
      if (journal.turns.has(turnKey({ question: id, turn }))) continue
      const first = journal.turns.get(turnKey({ question: id, turn: 0 }))
      const ids = renderer.prompt([
        { role: 'user', content: question.turns[0]! },
        ...(turn === 0
          ? []
          : ([
              { role: 'assistant', content: first!.text },
              { role: 'user', content: question.turns[1]! },
            ] as const)),
      ])
      const room = maxPositions - ids.length
      if (room < 1) full.push({ question: id, turn, text: '', finish: 'context', tokens: 0 })
      else
        open.push({
          question: id,
          turn,
          prompt: { ids, seed: hash32(settings.seed, id, turn), maxNewTokens: room },
        })
    }
    await journal.append(full)
    return open
  }

  const temperatures = [...new Set(questions.map(temperatureOf))].toSorted((a, b) => a - b)
  // Greedy and sampled are two programs; all temperatures above 0 share theirs.
  for (const group of [temperatures.filter((t) => t === 0), temperatures.filter((t) => t > 0)]) {
    if (group.length === 0) continue
    const warnings: string[] = []
    const { maxNewTokens } = settings
    const batchSize = batchAfter(settings.batchSize, memoryAttempt)
    const decoder = new Decoder(
      folder,
      { temperature: group[0]!, topK: 0, topP: 1, maxNewTokens, batchSize },
      engineThreads(folder.config),
      { device: generationDevice(), onWarning: (message) => warnings.push(message) },
    )
    try {
      for (const turn of [0, 1]) {
        for (const temperature of group) {
          const open = await openTurns(turn, temperature)
          const prompts = open.map(({ prompt }) => prompt)
          for await (const part of decoder.answers(prompts, { temperature })) {
            for (const message of warnings.splice(0)) yield { kind: 'log', level: 'warning', message }
            await journal.append(
              part.answered.map(({ index, answer }): AnsweredTurn => {
                const { question, prompt } = open[index]!
                const cut = answer.finish === 'length' && prompt.maxNewTokens! < maxNewTokens
                return {
                  question,
                  turn,
                  text: tokenizer.decode(answer.ids, { skipSpecial: true }).trim(),
                  finish: cut ? 'context' : answer.finish,
                  tokens: answer.ids.length,
                }
              }),
            )
            if (signal.aborted)
              throw new AppError(
                'CANCELLED',
                'Answering was stopped; answered turns are on disk and it continues from there.',
              )
            yield progress.at(journal.turns.size, (tokens += part.tokens))
          }
        }
      }
    } finally {
      await decoder.release()
    }
  }
  yield progress.at(journal.turns.size, tokens)
}

function answerLine(
  { question_id, turns }: JudgeQuestion,
  journal: AnswerJournal,
  modelId: string,
  key: string,
): string {
  const answered = turns.map((_, turn) =>
    journal.turns.get(turnKey({ question: String(question_id), turn }))!,
  )
  const answer: ModelAnswer = {
    question_id,
    answer_id: `${key.slice(0, 16)}-${question_id}`,
    model_id: modelId,
    choices: [
      {
        index: 0,
        turns: answered.map(({ text }) => text),
        finish: answered.map(({ finish }) => finish),
        tokens: answered.map(({ tokens }) => tokens),
      },
    ],
    tstamp: 0,
  }
  return `${JSON.stringify(answer)}\n`
}

const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')
