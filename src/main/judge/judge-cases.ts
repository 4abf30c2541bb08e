import { createHash } from 'node:crypto'
import type { JudgeTask, Verdict } from '../../contract/judge.ts'
import { AppError } from '../../contract/errors.ts'
import { type JudgeQuestion, limitQuestions, type ModelAnswer } from '../../contract/judging.ts'
import type { JudgingFolder } from './judging-folder.ts'
import { type AskedTurn, pairPrompt, singlePrompt } from './judge-prompts.ts'

/** One request to the judge: what a verdict will be about, and the prompt. */
export interface JudgeCase extends Pick<
  Verdict,
  'id' | 'question_id' | 'category' | 'turn' | 'mode' | 'model_1' | 'model_2' | 'swapped'
> {
  prompt: string
}

/** A turn on which both models said the same: a tie without a judge. */
export type IdenticalTurn = Pick<Verdict, 'question_id' | 'category' | 'turn' | 'model_1' | 'model_2'>

export interface JudgeCases {
  cases: JudgeCase[]
  identical: IdenticalTurn[]
}

/**
 * All requests of a task: a turn of a question each, pairs in both orders. `id` is the hash of the judge's name and the
 * prompt, so the same texts are never judged twice, whoever wrote them, and a changed answer is a new case.
 * Throws BAD_INPUT for a pairwise task without a baseline, FILE_NOT_FOUND for missing answers.
 */
export function judgeCases(folder: JudgingFolder, task: JudgeTask, judge: string): JudgeCases {
  const questions = limitQuestions(folder.questions(), task.limit)
  const found: JudgeCases = { cases: [], identical: [] }
  if (task.mode === 'single') {
    for (const model of task.models) {
      const answers = folder.answers(model)
      for (const question of questions)
        for (const turn of turnsOf(question)) {
          const asked = askedTurns(question, turn, [answerOf(answers, question, model)])
          const prompt = singlePrompt(asked)
          found.cases.push({ ...head(question, turn), ...named(model, null, false, prompt, judge) })
        }
    }
    return found
  }
  const { baseline } = task
  if (baseline === null)
    throw new AppError('BAD_INPUT', 'Pairs need a baseline: the model that the others are compared with.')
  const ofBaseline = folder.answers(baseline)
  for (const model of task.models.filter((one) => one !== baseline)) {
    const answers = folder.answers(model)
    for (const question of questions) {
      const own = answerOf(answers, question, model)
      const other = answerOf(ofBaseline, question, baseline)
      for (const turn of turnsOf(question)) {
        if (own.slice(0, turn).every((text, i) => text === other[i])) {
          found.identical.push({ ...head(question, turn), model_1: model, model_2: baseline })
          continue
        }
        for (const swapped of [false, true]) {
          const prompt = pairPrompt(askedTurns(question, turn, swapped ? [other, own] : [own, other]))
          found.cases.push({ ...head(question, turn), ...named(model, baseline, swapped, prompt, judge) })
        }
      }
    }
  }
  if (found.cases.length + found.identical.length === 0)
    throw new AppError('BAD_INPUT', `Only ${baseline} was chosen. Choose another model to compare it with.`)
  return found
}

const turnsOf = ({ turns }: JudgeQuestion): number[] => turns.map((_, i) => i + 1)

const head = ({ question_id, category }: JudgeQuestion, turn: number) => ({ question_id, category, turn })

const named = (
  model: string,
  baseline: string | null,
  swapped: boolean,
  prompt: string,
  judge: string,
): Pick<JudgeCase, 'id' | 'mode' | 'model_1' | 'model_2' | 'swapped' | 'prompt'> => ({
  id: createHash('sha256')
    .update(JSON.stringify([judge, prompt]))
    .digest('hex')
    .slice(0, 32),
  mode: baseline === null ? 'single' : 'pairwise',
  model_1: model,
  model_2: baseline,
  swapped,
  prompt,
})

function answerOf(answers: Map<string, ModelAnswer>, question: JudgeQuestion, model: string): string[] {
  const answer = answers.get(String(question.question_id))
  const turns = answer?.choices[0]?.turns ?? []
  if (turns.length >= question.turns.length) return turns
  throw new AppError(
    'BAD_INPUT',
    `${model} has no answer to ${answer ? 'both turns of ' : ''}question ${question.question_id}. Let it answer the same ` +
      'questions, or judge fewer a category.',
    { model, question: question.question_id },
  )
}

const askedTurns = (question: JudgeQuestion, turn: number, answers: string[][]): AskedTurn[] =>
  question.turns.slice(0, turn).map((text, i) => ({
    question: text,
    reference: question.reference?.[i] ?? null,
    answers: answers.map((of) => of[i]!),
  }))
