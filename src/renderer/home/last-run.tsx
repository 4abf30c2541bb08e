import type { LiveProgress, ProjectSummary, RunSummary } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { StateMark } from '../components/run-state.tsx'
import { stateOf } from '../components/state-of.ts'
import { homeStrings as words } from '../strings/home.ts'
import { stateStrings } from '../strings/states.ts'

/** Where a project stands, in words. */
export function LastRun({
  run,
  step,
  progress,
}: {
  run: RunSummary | null
  step: ProjectSummary['step']
  /** Of the live run. */
  progress: LiveProgress | null
}) {
  if (!run) {
    return (
      <span className="state ready">
        <Icon name="right" size={12} />
        {words.state.next[step]}
      </span>
    )
  }
  return (
    <span className={`state ${stateOf(run).kind}`} title={run.error ?? undefined}>
      <StateMark run={run} />
      {sentence(run, progress)}
    </span>
  )
}

function sentence(run: RunSummary, progress: LiveProgress | null): string {
  const { state } = words
  if (run.live) {
    if (!progress) return stateOf(run).words
    const { iteration, stage, done, total } = progress
    const where = `${state.at(iteration)}: ${stateStrings.stages[stage].toLowerCase()}`
    return total > 0 ? state.live(where, `${Math.floor((100 * done) / total)}%`) : where
  }
  const where = run.scores.length === 0 ? state.baseStage : state.iteration(run.scores.length - 1)
  switch (run.state) {
    case 'failed':
      return state.stopped(words.causes[run.errorCode ?? ''] ?? words.otherCause)
    case 'paused':
      return run.errorCode === 'CANCELLED' ? state.cancelled : state.paused(where)
    case 'running':
      return state.interrupted(where)
    default:
      return stateOf(run).words
  }
}
