import type { HomeView } from '../../contract/app.ts'
import { hostStrings as words } from '../strings/host.ts'

/** How much of the live run is done, whole percents by time; null before the first estimate. */
export function percentDone({ estimate }: Pick<HomeView, 'estimate'>): number | null {
  if (!estimate || estimate.secondsLeft === null) return null
  const { workedSeconds, secondsLeft } = estimate
  const total = workedSeconds + secondsLeft
  return total > 0 ? Math.floor((100 * workedSeconds) / total) : null
}

/** "61% · Run 12 · SPIN Studio": a tab, or the taskbar, says how far the run is. */
export const titleOf = (home: Pick<HomeView, 'liveRun' | 'estimate'> | null): string =>
  home === null || home.liveRun === null ? words.plainTitle : words.title(home.liveRun, percentDone(home))
