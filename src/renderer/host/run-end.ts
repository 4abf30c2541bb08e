import type { HomeView, RunSummary } from '../../contract/app.ts'
import { hostStrings as words } from '../strings/host.ts'

export interface RunEnd {
  run: RunSummary
  state: 'finished' | 'paused' | 'failed'
  title: string
  /** Project and reason, one line. */
  text: string
  /** Where it is read on. */
  step: 'run' | 'results'
}

const longest = 200

/** The run that ended between two looks. null also for a pause or a cancel that a person asked for. */
export function endBetween(before: HomeView | null, now: HomeView): RunEnd | null {
  if (!before || before.liveRun === null || before.liveRun === now.liveRun) return null
  const run = now.runs.find(({ id }) => id === before.liveRun)
  if (!run) return null
  const { state, id, project, reason, error, errorCode } = run
  if (state !== 'finished' && state !== 'failed' && state !== 'paused') return null
  if (state === 'paused' && (before.pausing || errorCode === 'CANCELLED')) return null
  const why = state === 'failed' ? error : reason
  const [line = ''] = [project, why].filter(Boolean).join(': ').split('\n')
  return {
    run,
    state,
    title: words[state](id),
    text: line.length > longest ? `${line.slice(0, longest - 1)}…` : line,
    step: state === 'finished' ? 'results' : 'run',
  }
}
