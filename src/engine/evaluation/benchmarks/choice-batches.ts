import { AppError } from '../../../contract/errors.ts'
import {
  commonLength,
  continuesPrefix,
  type QuestionBranches,
  questionBranches,
} from './question-branches.ts'
import type { EncodedChoice, RequestEncoder } from './request-encoder.ts'
import type { ChoiceRequest, TaskQuestion } from './task.ts'

/** A question whose choices are scored. */
export type ChoiceQuestion = TaskQuestion & { requests: readonly ChoiceRequest[] }

export const isChoiceQuestion = (question: TaskQuestion): question is ChoiceQuestion =>
  Array.isArray(question.requests)

export interface PlannedQuestion {
  question: ChoiceQuestion
  branches: QuestionBranches
  promptTokens: number
  truncated: boolean
}

export interface ChoiceBatch {
  questions: PlannedQuestion[]
  /** Whether they continue the plan's prefix. */
  continuesPrefix: boolean
  rows: number
}

export interface BatchLimits {
  /** Rows of a batch, but for a question that has more alone. */
  rows: number
  /** Rows that meet the vocabulary. */
  scoredRows: number
}

export interface ChoicePlan {
  /** What most questions begin with (the shots of a subject), worth being read once; often empty. */
  prefix: readonly number[]
  /** Made as they are asked for: tokens of all prompts at once would fill the memory. */
  batches: Iterable<ChoiceBatch>
}

/** Shorter common beginnings are not worth a program of their own. */
const leastPrefix = 32
/** So that the programs of many subjects, whose shots differ in length, have shapes in common. */
const prefixMultiple = 16
const sampleSize = 8

/**
 * Batches of like length, the longest questions first, so that memory runs out early if it does. The same questions and
 * limits make the same batches always: what a resumed run skips are whole batches.
 */
export function planChoices(
  questions: readonly ChoiceQuestion[],
  encoder: RequestEncoder,
  limits: () => BatchLimits,
): ChoicePlan {
  const lengths = new Map(questions.map((question) => [question, textLength(question)]))
  const order = questions.toSorted((a, b) => lengths.get(b)! - lengths.get(a)!)
  const prefix = commonPrefix(order, encoder)
  return { prefix, batches: batchesOf(order, encoder, prefix, limits) }
}

function* batchesOf(
  questions: readonly ChoiceQuestion[],
  encoder: RequestEncoder,
  prefix: readonly number[],
  limits: () => BatchLimits,
): Generator<ChoiceBatch> {
  const open = { with: newBatch(true), without: newBatch(false) }
  for (const question of questions) {
    const choices = encodeChoices(question, encoder)
    const isWith = prefix.length > 0 && continuesPrefix(choices, prefix)
    const planned: PlannedQuestion = {
      question,
      branches: questionBranches(choices, isWith ? prefix.length : 0),
      promptTokens: choices[0]!.ids.length - choices[0]!.scored,
      truncated: choices.some(({ truncated }) => truncated),
    }
    const kind = isWith ? 'with' : 'without'
    const most = limits()
    const isFull =
      open[kind].questions.length > 0 &&
      (open[kind].rows + planned.branches.rows > most.rows ||
        open[kind].scoredRows + planned.branches.scoredRows > most.scoredRows)
    if (isFull) {
      yield open[kind]
      open[kind] = newBatch(isWith)
    }
    open[kind].questions.push(planned)
    open[kind].rows += planned.branches.rows
    open[kind].scoredRows += planned.branches.scoredRows
  }
  for (const batch of Object.values(open)) if (batch.questions.length > 0) yield batch
}

const newBatch = (isWith: boolean): ChoiceBatch & { scoredRows: number } => ({
  questions: [],
  continuesPrefix: isWith,
  rows: 0,
  scoredRows: 0,
})

/** Throws BAD_INPUT that names the question. */
export function encodeChoices(question: ChoiceQuestion, encoder: RequestEncoder): EncodedChoice[] {
  const { task, index, requests } = question
  try {
    if (requests.length === 0) throw new AppError('BAD_INPUT', 'expected choices to score; it has none.')
    return requests.map((request) => encoder.choice(request))
  } catch (error) {
    throw ofQuestion(error, task, index)
  }
}

/** An expected failure with the question that it is about. */
export function ofQuestion(error: unknown, task: string, index: number): unknown {
  if (!(error instanceof AppError)) return error
  const message = `Question ${index} of ${task}: ${error.message}`
  return new AppError(error.code, message, { ...error.data, task, index }, { cause: error })
}

/** A sample tells what all may begin with; each question is compared with it later. */
function commonPrefix(order: readonly ChoiceQuestion[], encoder: RequestEncoder): readonly number[] {
  if (order.length < 2) return []
  const step = Math.max(1, (order.length - 1) / (sampleSize - 1))
  const places = Array.from({ length: sampleSize }, (_, n) =>
    Math.min(order.length - 1, Math.round(n * step)),
  )
  const sampled = [...new Set(places)].map((place) => encodeChoices(order[place]!, encoder))
  const whole = sampled.filter((choices) => choices.every(({ truncated }) => !truncated)).flat()
  if (whole.length === 0) return []
  const most = Math.min(...whole.map(({ ids, scored }) => ids.length - 1 - scored))
  const inputs = whole.map(({ ids }) => ids)
  const length = commonLength(inputs, most)
  const used = length - (length % prefixMultiple)
  return used < leastPrefix ? [] : inputs[0]!.slice(0, used)
}

const textLength = ({ requests }: ChoiceQuestion): number =>
  requests.reduce((sum, { context, continuation }) => Math.max(sum, context.length) + continuation.length, 0)
