import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import {
  JudgedModelId,
  type JudgeQuestion,
  type ModelAnswer,
  parseAnswers,
  parseQuestions,
} from '../../contract/judging.ts'
import { replaceFile } from '../replace-file.ts'
import { readText } from './read-text.ts'

/**
 * A folder as FastChat's `data/<bench>`: `question.jsonl`, `model_answer/<model>.jsonl`, `model_judgment/`. Whatever is
 * asked or judged comes from these files, so that the folder can be taken elsewhere as it is.
 */
export interface JudgingFolder {
  readonly dir: string
  readonly questionsPath: string
  readonly answersDir: string
  readonly judgmentDir: string
  /** Keeps a copy of the questions; other questions than those already there are refused (FILE_EXISTS). */
  keepQuestions(path: string): JudgeQuestion[]
  questions(): JudgeQuestion[]
  /** Of the models whose answers are there. */
  modelIds(): string[]
  /** By question. Throws FILE_NOT_FOUND where the model has not answered. */
  answers(modelId: string): Map<string, ModelAnswer>
}

export function openJudgingFolder(dir: string): JudgingFolder {
  const questionsPath = join(dir, 'question.jsonl')
  const answersDir = join(dir, 'model_answer')
  const modelIds = (): string[] => {
    if (!existsSync(answersDir)) return []
    return readdirSync(answersDir)
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => name.slice(0, -'.jsonl'.length))
      .filter((name) => JudgedModelId.safeParse(name).success)
      .sort()
  }
  return {
    dir,
    questionsPath,
    answersDir,
    judgmentDir: join(dir, 'model_judgment'),
    keepQuestions(path) {
      const text = readText(path)
      const questions = parseQuestions(text, path)
      if (!existsSync(questionsPath)) {
        mkdirSync(dir, { recursive: true })
        replaceFile(questionsPath, text)
      } else if (readText(questionsPath) !== text) {
        throw new AppError(
          'FILE_EXISTS',
          `${dir} holds other questions than ${path}; answers to both would be mixed. Choose another output folder.`,
          { dir, path },
        )
      }
      return questions
    },
    questions: () => parseQuestions(readText(questionsPath), questionsPath),
    modelIds,
    answers(modelId) {
      const path = join(answersDir, `${modelId}.jsonl`)
      if (!existsSync(path)) {
        const known = modelIds()
        throw new AppError(
          'FILE_NOT_FOUND',
          `${modelId} has no answers in ${answersDir}. ` +
            (known.length > 0
              ? `There are those of ${known.join(', ')}.`
              : 'Let it answer the questions first.'),
          { path },
        )
      }
      return parseAnswers(readText(path), path)
    },
  }
}
