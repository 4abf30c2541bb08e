import { readFileSync, statSync } from 'node:fs'
import { AppError } from '../../contract/errors.ts'
import { type JudgeQuestion, parseQuestions } from '../../contract/judging.ts'
import { fileError } from '../file-error.ts'

const longestBytes = 32 * 2 ** 20

/** A question file as a person chose it. Throws FILE_NOT_FOUND, FILE_UNREADABLE (with the line), DATASET_EMPTY. */
export function questionFile(path: string): { path: string; text: string; questions: JudgeQuestion[] } {
  try {
    const { size } = statSync(path)
    if (size > longestBytes)
      throw new AppError(
        'FILE_UNREADABLE',
        `${path} has ${Math.round(size / 2 ** 20)} MiB; a file of questions has ${longestBytes / 2 ** 20} at most. Choose another.`,
        { path },
      )
    const text = readFileSync(path, 'utf8')
    return { path, text, questions: parseQuestions(text, path) }
  } catch (error) {
    throw fileError(error, path)
  }
}
