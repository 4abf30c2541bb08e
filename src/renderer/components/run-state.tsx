import type { RunSummary } from '../../contract/app.ts'

/** What a person calls the state; a run recorded as running that nobody runs was cut off. */
export function stateOf(run: RunSummary): {
  words: string
  kind: 'running' | 'paused' | 'error' | 'done' | 'ready'
} {
  if (run.live) return { words: 'Running', kind: 'running' }
  switch (run.state) {
    case 'running':
      return { words: 'Interrupted', kind: 'paused' }
    case 'paused':
      return { words: run.errorCode === 'CANCELLED' ? 'Cancelled' : 'Paused', kind: 'paused' }
    case 'failed':
      return { words: 'Stopped', kind: 'error' }
    case 'finished':
      return { words: 'Done', kind: 'done' }
    case 'pending':
      return { words: 'Not started', kind: 'ready' }
  }
}

const line = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.4 }

export function StateMark({ run }: { run: RunSummary }) {
  const { kind } = stateOf(run)
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
