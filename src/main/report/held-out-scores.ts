import { readFileSync } from 'node:fs'
import { AppError } from '../../contract/errors.ts'
import { EvaluationAnswer, type EvaluationResult } from '../../contract/engine.ts'
import type { Comparison, ReportEvaluation } from '../../contract/report.ts'
import { bootstrapMean, pairedBootstrap } from './paired-bootstrap.ts'

export type ScoreName = 'greedy' | 'sampled'

/** What counts of an answer, without its texts. */
export type ScoredAnswer = Pick<EvaluationAnswer, 'id' | 'check' | 'greedyValid' | 'sampledValid'>

/** A model's answers to the held-out prompts, under the name that the report calls it by. */
export interface NamedAnswers {
  name: string
  answers: readonly EvaluationAnswer[]
}

/** @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE */
export function readAnswers(path: string): EvaluationAnswer[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new AppError(
      'FILE_NOT_FOUND',
      `The evaluation's answers should be at ${path} and cannot be read. Run the evaluation again.`,
      { path },
      { cause: error },
    )
  }
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, i) => {
      try {
        return EvaluationAnswer.parse(JSON.parse(line))
      } catch (error) {
        throw new AppError(
          'FILE_UNREADABLE',
          `Line ${i + 1} of ${path} is not an evaluation answer. Run the evaluation again.`,
          { path, line: i + 1 },
          { cause: error },
        )
      }
    })
}

/** Share of valid answers a prompt: 0 or 1 greedy, the mean over its samples otherwise. */
export function promptScore(answer: ScoredAnswer, score: ScoreName): number {
  if (score === 'greedy') return answer.greedyValid ? 1 : 0
  if (answer.sampledValid.length === 0) return 0
  return answer.sampledValid.filter(Boolean).length / answer.sampledValid.length
}

export function reportEvaluation(
  result: EvaluationResult,
  answers: readonly EvaluationAnswer[],
): ReportEvaluation {
  const { kind: _kind, answersPath: _answersPath, ...scores } = result
  const sampled = answers.some((answer) => answer.sampledValid.length > 0)
  return {
    ...scores,
    intervals: {
      greedy: bootstrapMean(answers.map((answer) => promptScore(answer, 'greedy'))),
      sampled: sampled ? bootstrapMean(answers.map((answer) => promptScore(answer, 'sampled'))) : null,
    },
  }
}

/** `better` minus `than` on the prompts that both answered, matched by id, so file order does not matter. */
export function compareModels(better: NamedAnswers, than: NamedAnswers, score: ScoreName): Comparison {
  const other = new Map(than.answers.map((answer) => [answer.id, answer]))
  const left: number[] = []
  const right: number[] = []
  for (const answer of better.answers) {
    const match = other.get(answer.id)
    if (!match) continue
    left.push(promptScore(answer, score))
    right.push(promptScore(match, score))
  }
  if (left.length === 0) {
    throw new AppError(
      'BAD_INPUT',
      `${better.name} and ${than.name} were evaluated on different prompts; they cannot be compared.`,
    )
  }
  const interval = pairedBootstrap(left, right)
  return {
    better: better.name,
    than: than.name,
    score,
    prompts: left.length,
    clear: interval.low > 0 || interval.high < 0,
    ...interval,
  }
}
