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
