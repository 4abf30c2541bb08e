import { AppError } from '../../contract/errors.ts'
import type { LoopOutcome } from '../../contract/project.ts'
import type { StageContext } from './run-stage.ts'

/** The run's state around the work: running, then finished (by the work itself), paused or failed. */
export async function recordRun(
  { store, runId, signal, onEvent }: StageContext,
  work: () => Promise<LoopOutcome>,
): Promise<LoopOutcome> {
  store.startRun(runId, Date.now())
  onEvent({ kind: 'run', runId, state: 'running' })
  try {
    const outcome = await work()
    onEvent({ kind: 'run', runId, state: 'finished' })
    return outcome
  } catch (error) {
    const cancelled = signal?.aborted === true || (error instanceof AppError && error.code === 'CANCELLED')
    const code = error instanceof AppError ? error.code : 'INTERNAL'
    const message = error instanceof Error ? error.message : String(error)
    if (cancelled) store.interruptRun(runId, 'paused', null, null)
    else {
      store.interruptRun(runId, 'failed', code, message)
      store.saveEvent({
        runId,
        createdAt: Date.now(),
        level: 'error',
        message,
        data: JSON.stringify({ code }),
      })
    }
    onEvent({ kind: 'run', runId, state: cancelled ? 'paused' : 'failed' })
    throw error
  }
}
