import type { RunSummary } from '../../contract/app.ts'
import { stateOf } from './state-of.ts'

const line = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.4 }

export const StateMark = ({ run }: { run: RunSummary }) => <Mark kind={stateOf(run).kind} />

/** Of a job that is at work. */
export const RunningMark = () => <Mark kind="running" />

function Mark({ kind }: { kind: ReturnType<typeof stateOf>['kind'] }) {
  return (
    <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true" className={`state ${kind}`}>
      {kind === 'running' && <circle className="pulse" cx="7" cy="7" r="4" fill="currentColor" />}
      {kind === 'paused' && <path d="M4 3h2v8H4zM8 3h2v8H8z" fill="currentColor" />}
      {kind === 'error' && <path d="M7 2 13 12.5H1zM7 6v3M7 10.2v1" {...line} />}
      {kind === 'done' && (
        <path d="M7 1.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M4.5 7l2 2 3.2-3.6" {...line} />
      )}
      {kind === 'ready' && <circle cx="7" cy="7" r="3.5" {...line} />}
    </svg>
  )
}

export function RunState({ run }: { run: RunSummary }) {
  const { words, kind } = stateOf(run)
  return (
    <span className={`state ${kind}`}>
      <StateMark run={run} />
      {words}
    </span>
  )
}
