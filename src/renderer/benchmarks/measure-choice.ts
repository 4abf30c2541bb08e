import type { BenchmarkEvaluation, BenchmarksView } from '../../contract/app/benchmarks.ts'
import type { BenchmarkProfile, BenchmarkSettings, BenchmarkTaskData } from '../../contract/benchmarks.ts'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { settingsKey } from './settings-groups.ts'

const words = benchmarksStrings.measure.blocked

/** What a person has chosen to measure; null where nothing was said yet, and what makes sense is taken. */
export interface MeasureChoice {
  models: number[] | null
  tasks: string[] | null
  profile: BenchmarkProfile
  chatTemplate: boolean
  isQuick: boolean
  quickQuestions: number | null
  taskFiles: string[]
  /** Also while a self-play run is at work. */
  besideRun: boolean
}

export const firstChoice: MeasureChoice = {
  models: null,
  tasks: null,
  profile: 'harness-0.4.0',
  chatTemplate: false,
  isQuick: false,
  quickQuestions: 50,
  taskFiles: [],
  besideRun: false,
}

/** A choice with all that follows from it. */
export interface ResolvedChoice {
  models: number[]
  tasks: string[]
  /** What is asked for, whether or not it can be started. */
  asked: BenchmarkSettings
  /** The same; null while it cannot be started: `blocked` says why. */
  settings: BenchmarkSettings | null
  blocked: string | null
}

export function resolveChoice(
  choice: MeasureChoice,
  { models, evaluations }: Pick<BenchmarksView, 'models' | 'evaluations'>,
  data: readonly BenchmarkTaskData[],
): ResolvedChoice {
  const tasks = data
    .filter(({ task, state }) =>
      choice.tasks === null ? state === 'ready' : choice.tasks.includes(task) && state !== 'missing',
    )
    .map(({ task }) => task)
  const asked: BenchmarkSettings = {
    tasks,
    profile: choice.profile,
    chatTemplate: choice.profile === 'harness-current' && choice.chatTemplate,
    limit: choice.isQuick ? choice.quickQuestions : null,
    taskFiles: choice.taskFiles,
  }
  const chosen = models
    .filter(({ iteration, exists }) =>
      choice.models === null
        ? exists && !isMeasured(evaluations, iteration, asked)
        : exists && choice.models.includes(iteration),
    )
    .map(({ iteration }) => iteration)
  const blocked = whyNot(choice, chosen, tasks)
  return { models: chosen, tasks, asked, settings: blocked === null ? asked : null, blocked }
}

function whyNot(choice: MeasureChoice, models: readonly number[], tasks: readonly string[]): string | null {
  if (tasks.length === 0) return words.tasks
  if (choice.isQuick && (choice.quickQuestions ?? 0) < 1) return words.limit
  return models.length === 0 ? words.models : null
}

/** Whether a model has these tasks with these settings, or is waiting for them. */
export function isMeasured(
  evaluations: readonly BenchmarkEvaluation[],
  iteration: number,
  settings: BenchmarkSettings,
): boolean {
  const key = settingsKey(settings)
  const had = evaluations
    .filter((one) => one.model.iteration === iteration && settingsKey(one.settings) === key)
    .flatMap((one) => one.settings.tasks)
  return settings.tasks.length > 0 && settings.tasks.every((task) => had.includes(task))
}
