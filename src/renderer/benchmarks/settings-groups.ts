import type { BenchmarkEvaluation } from '../../contract/app/benchmarks.ts'
import type { BenchmarkSettings } from '../../contract/benchmarks.ts'
import { whole } from '../components/numbers.ts'
import { benchmarksStrings as words } from '../strings/benchmarks.ts'

/** What scores must share to stand in one table. */
export type ComparedSettings = Pick<BenchmarkSettings, 'profile' | 'chatTemplate' | 'limit'>

export interface SettingsGroup {
  key: string
  settings: ComparedSettings
  /** Newest first. */
  evaluations: BenchmarkEvaluation[]
}

export const settingsKey = ({ profile, chatTemplate, limit }: ComparedSettings): string =>
  JSON.stringify([profile, chatTemplate, limit])

/** Evaluations that may be compared with each other, the group of the newest first. */
export function settingsGroups(evaluations: readonly BenchmarkEvaluation[]): SettingsGroup[] {
  const groups = new Map<string, SettingsGroup>()
  for (const evaluation of evaluations) {
    const { profile, chatTemplate, limit } = evaluation.settings
    const settings = { profile, chatTemplate, limit }
    const key = settingsKey(settings)
    const group = groups.get(key) ?? { key, settings, evaluations: [] }
    group.evaluations.push(evaluation)
    groups.set(key, group)
  }
  return [...groups.values()]
}

/** "As the paper measured, first 50 questions". */
export function settingsName({ profile, chatTemplate, limit }: ComparedSettings): string {
  const parts = [
    words.profiles[profile],
    ...(chatTemplate ? [words.settings.chat] : []),
    limit === null ? words.settings.all : words.settings.limit(whole(limit)),
  ]
  return parts.join(', ')
}
