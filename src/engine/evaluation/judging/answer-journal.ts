import { z } from 'zod'
import { AppError } from '../../../contract/errors.ts'
import { AnswerFinish } from '../../../contract/judging.ts'
import { openLineJournal } from '../../data/line-journal.ts'

/** One turn that is answered. */
export const AnsweredTurn = z.object({
  question: z.string(),
  turn: z.number().int().min(0).max(1),
  text: z.string(),
  finish: AnswerFinish,
  tokens: z.number().int(),
})
export type AnsweredTurn = z.infer<typeof AnsweredTurn>

export interface AnswerJournal {
  /** By `turnKey`. */
  turns: Map<string, AnsweredTurn>
  /** On disk (fsync) when it resolves. */
  append(turns: readonly AnsweredTurn[]): Promise<void>
  close(): Promise<void>
}

export const turnKey = ({ question, turn }: Pick<AnsweredTurn, 'question' | 'turn'>): string =>
  `${turn} ${question}`

/**
 * Opens or starts a journal of answered turns. What a crash left of a last line is cut off. Throws FILE_EXISTS for one
 * that was begun with another key (model, questions or settings).
 */
export async function openAnswerJournal(path: string, key: string): Promise<AnswerJournal> {
  const journal = await openLineJournal(path, {
    key,
    parse: (value) => AnsweredTurn.safeParse(value).data ?? null,
    mismatch: () => otherAnswers(path),
  })
  const turns = new Map(journal.rows.map((turn) => [turnKey(turn), turn]))
  return {
    turns,
    async append(added) {
      await journal.append(added.map((turn) => `${JSON.stringify(turn)}\n`))
      for (const turn of added) turns.set(turnKey(turn), turn)
    },
    close: () => journal.close(),
  }
}

/** Answers under this name that another model, other questions or other settings gave. */
export const otherAnswers = (path: string): AppError =>
  new AppError(
    'FILE_EXISTS',
    `Expected ${path} to be of the same model, questions and settings; it is of others. Choose another output folder or ` +
      'model name, or move the old answers away.',
    { path },
  )
