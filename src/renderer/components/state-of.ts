import type { RunSummary } from '../../contract/app.ts'
import { stateStrings as words } from '../strings/states.ts'

/** What a person calls the state; a run recorded as running that nobody runs was cut off. */
export function stateOf(run: RunSummary): {
  words: string
  kind: 'running' | 'paused' | 'error' | 'done' | 'ready'
} {
  if (run.live) return { words: words.running, kind: 'running' }
  switch (run.state) {
    case 'running':
      return { words: words.interrupted, kind: 'paused' }
    case 'paused':
      return { words: run.errorCode === 'CANCELLED' ? words.cancelled : words.paused, kind: 'paused' }
    case 'failed':
      return { words: words.stopped, kind: 'error' }
    case 'finished':
      return { words: words.done, kind: 'done' }
    case 'pending':
      return { words: words.notStarted, kind: 'ready' }
  }
}
