import type { BenchmarkEvaluation } from '../../contract/app/benchmarks.ts'
import { settingsKey } from './settings-groups.ts'

export const shows = ['all', 'right', 'wrong', 'changed', 'truncated'] as const
export type Show = (typeof shows)[number]

export interface QuestionChoice {
  evaluationId: number | null
  otherId: number | null
  task: string | null
  show: Show
  search: string
}

export const firstQuestions: QuestionChoice = {
  evaluationId: null,
  otherId: null,
  task: null,
  show: 'all',
  search: '',
}

/** Tasks with a score, without their groups and subjects. */
export const tasksOf = ({ scores }: BenchmarkEvaluation): string[] => [
  ...new Set(scores.filter(({ partOf }) => partOf === null).map(({ task }) => task)),
]

/** Other models' evaluations of this task with the same settings. */
export function comparable(
  evaluations: readonly BenchmarkEvaluation[],
  evaluation: BenchmarkEvaluation,
  task: string,
): BenchmarkEvaluation[] {
  const key = settingsKey(evaluation.settings)
  return evaluations.filter(
    (one) => one.id !== evaluation.id && settingsKey(one.settings) === key && tasksOf(one).includes(task),
  )
}

/** What can be shown of a choice: an evaluation that was removed or has not the task falls back to one that is there. */
export function settleChoice(
  choice: QuestionChoice,
  evaluations: readonly BenchmarkEvaluation[],
): { evaluation: BenchmarkEvaluation; choice: QuestionChoice & { task: string } } | null {
  const evaluation = evaluations.find(({ id }) => id === choice.evaluationId) ?? evaluations[0]
  if (!evaluation) return null
  const tasks = tasksOf(evaluation)
  const task = choice.task !== null && tasks.includes(choice.task) ? choice.task : tasks[0]
  if (task === undefined) return null
  const otherId = comparable(evaluations, evaluation, task).some(({ id }) => id === choice.otherId)
    ? choice.otherId
    : null
  const show = choice.show === 'changed' && otherId === null ? 'all' : choice.show
  return { evaluation, choice: { ...choice, evaluationId: evaluation.id, task, otherId, show } }
}
