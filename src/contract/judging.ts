import { z } from 'zod'
import { AppError } from './errors.ts'

/** Judging: two-turn questions, the models' answers to them, and what a judge says of those. Shapes as FastChat's files. */

/** Names a model in files and verdicts; also the name of its answer file. */
export const JudgedModelId = z
  .string()
  .regex(/^[a-z0-9][\w.-]{0,99}$/i, 'letters, digits, ".", "_" and "-", at most 100')

export const QuestionId = z.union([z.number().int(), z.string().min(1).max(100)])
export type QuestionId = z.infer<typeof QuestionId>

/** A line of FastChat's `question.jsonl`. */
export const JudgeQuestion = z.object({
  question_id: QuestionId,
  category: z.string().min(1).max(100),
  turns: z.array(z.string().min(1)).min(1).max(2),
  /** A right answer a turn, where there is one (maths, reasoning, code). */
  reference: z.array(z.string()).max(2).nullish(),
})
export type JudgeQuestion = z.infer<typeof JudgeQuestion>

/** `length`: cut at the longest answer. `context`: cut, or left empty, where the model's context ends. */
export const AnswerFinish = z.enum(['stop', 'length', 'context'])
export type AnswerFinish = z.infer<typeof AnswerFinish>

/** A line of FastChat's `model_answer/<model_id>.jsonl`; `finish` and `tokens`, a turn each, are ours. */
export const ModelAnswer = z.object({
  question_id: QuestionId,
  answer_id: z.string(),
  model_id: z.string(),
  choices: z
    .array(
      z.object({
        index: z.number().int(),
        turns: z.array(z.string()).min(1),
        finish: z.array(AnswerFinish).optional(),
        tokens: z.array(z.number().int()).optional(),
      }),
    )
    .min(1),
  tstamp: z.number(),
})
export type ModelAnswer = z.infer<typeof ModelAnswer>

/** Temperatures of FastChat's MT-Bench by category; any other category takes `otherTemperature`. */
export const fastChatTemperatures: Readonly<Record<string, number>> = {
  writing: 0.7,
  roleplay: 0.7,
  extraction: 0,
  math: 0,
  coding: 0,
  reasoning: 0,
  stem: 0.1,
  humanities: 0.1,
}

/** All that decides an answer beside model and question, and the batch size, which does not. */
export const AnswerSettings = z.object({
  temperatures: z.record(z.string(), z.number().min(0).max(10)).default({ ...fastChatTemperatures }),
  otherTemperature: z.number().min(0).max(10).default(0.7),
  maxNewTokens: z.number().int().min(1).max(1_000_000).default(1024),
  batchSize: z.number().int().min(1).max(1024).default(16),
  seed: z.number().int().default(42),
  /** The first so many questions of each category; null = all. */
  limit: z.number().int().min(1).nullable().default(null),
})
export type AnswerSettings = z.output<typeof AnswerSettings>

/** @throws AppError FILE_UNREADABLE names the line. DATASET_EMPTY where there is none. */
export function parseQuestions(text: string, path: string): JudgeQuestion[] {
  const questions = parseLines(text, path, JudgeQuestion, 'a question {question_id, category, turns}')
  if (questions.length === 0)
    throw new AppError('DATASET_EMPTY', `Expected questions in ${path}, found none. Choose another file.`, {
      path,
    })
  const seen = new Set<string>()
  for (const { question_id: id } of questions) {
    if (seen.has(String(id)))
      throw new AppError(
        'FILE_UNREADABLE',
        `${path}: question_id ${id} occurs twice. Give every question its own.`,
        { path, id },
      )
    seen.add(String(id))
  }
  return questions
}

/** Of an answer file; the last line of a question counts. @throws AppError FILE_UNREADABLE names the line. */
export function parseAnswers(text: string, path: string): Map<string, ModelAnswer> {
  const answers = parseLines(text, path, ModelAnswer, 'an answer {question_id, model_id, choices}')
  return new Map(answers.map((answer) => [String(answer.question_id), answer]))
}

/** The first `limit` questions of each category, in the order of the file. */
export function limitQuestions<Q extends { category: string }>(
  questions: readonly Q[],
  limit: number | null,
): Q[] {
  const taken = new Map<string, number>()
  return questions.filter(({ category }) => {
    const count = (taken.get(category) ?? 0) + 1
    taken.set(category, count)
    return limit === null || count <= limit
  })
}

/** @throws AppError FILE_UNREADABLE */
export function parseLines<T>(text: string, path: string, schema: z.ZodType<T>, what: string): T[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return []
    const refuse = (found: string): AppError =>
      new AppError('FILE_UNREADABLE', `${path}, line ${i + 1}: expected ${what}, found ${found}.`, {
        path,
        line: i + 1,
      })
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch {
      throw refuse('no JSON')
    }
    const parsed = schema.safeParse(value)
    if (parsed.success) return [parsed.data]
    const issue = parsed.error.issues[0]!
    throw refuse(`"${issue.path.join('.') || 'the line'}": ${issue.message}`)
  })
}
