import type { Preferences } from '../../contract/app.ts'
import { useAction, useMain, useStream } from '../use-main.ts'

const newest = (_before: Preferences | null, event: Preferences): Preferences => event

/** What is set, and how it is changed: at once, the rest staying as it is. */
export function usePreferences(): {
  preferences: Preferences | null
  problem: string | null
  set(change: Partial<Preferences>): void
} {
  const client = useMain()
  const { value: preferences, problem } = useStream('preferences', {}, newest)
  const action = useAction()
  return {
    preferences,
    problem: action.problem ?? problem,
    set: (change) => action.run(() => client.call('setPreferences', change)),
  }
}
