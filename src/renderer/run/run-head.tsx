import type { RunView } from '../../contract/app.ts'
import { StateMark } from '../components/run-state.tsx'
import { stateOf } from '../components/state-of.ts'
import { runStrings as words } from '../strings/run.ts'
import { currentStage, phaseOf } from './run-phase.ts'

/** "Training", "Paused", "Stopped": never by its colour alone. */
export function RunTag({ view }: { view: RunView }) {
  const { run, progress, pausing } = view
  const stage = progress?.stage ?? currentStage(view)?.name
  const { kind, words: state } = stateOf(run)
  const phase = phaseOf(run, pausing)
  const text =
    phase === 'pausing'
      ? words.pausingTag
      : phase === 'live'
        ? stage
          ? words.doing[stage]
          : words.starting
        : state
  return (
    <span className={`tag state ${kind} run-tag`}>
      <StateMark run={run} /> {text}
    </span>
  )
}

export function subtitleOf({ run }: RunView): string {
  const started = run.startedAt === null ? '' : words.started(run.startedAt)
  const phase = phaseOf(run)
  const then =
    phase === 'live'
      ? words.safeToClose
      : phase === 'finished'
        ? run.finishedAt === null
          ? ''
          : words.finishedAt(run.finishedAt)
        : phase === 'pending'
          ? words.notStarted
          : words.nothingRuns
  return [started, then].filter(Boolean).join(' ')
}

/** How long it still takes, and when it is over. */
export function RunTime({ view }: { view: RunView }) {
  const { estimate, run, pausing } = view
  const { secondsLeft, doneAt, workedSeconds } = estimate
  const phase = phaseOf(run, pausing)
  const soFar = workedSeconds >= 1 ? words.soFar(workedSeconds) : ''
  const stoppedAt = phase === 'failed' ? view.events.find(({ level }) => level === 'error')?.at : undefined
  const isStopped = phase !== 'live' && phase !== 'pausing' && phase !== 'finished'
  const main =
    phase === 'pausing'
      ? view.progress?.unit === 'steps'
        ? words.pausingAfterStep(view.progress.done + 1)
        : words.pausingNow
      : phase === 'finished'
        ? words.took(workedSeconds)
        : secondsLeft === null
          ? isStopped
            ? ''
            : words.measuring
          : isStopped
            ? words.leftOnceResumed(secondsLeft)
            : words.left(secondsLeft)
  const detail = [
    stoppedAt === undefined ? '' : words.stoppedAt(stoppedAt),
    doneAt === null || phase !== 'live' ? '' : words.doneAbout(doneAt),
    phase === 'finished' ? '' : soFar,
  ]
  return (
    <div className="run-time number">
      <strong>{main}</strong>
      <span className="hint">{detail.filter(Boolean).join(', ')}</span>
    </div>
  )
}
