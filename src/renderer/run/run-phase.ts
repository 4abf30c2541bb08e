import type { RunSummary, RunView } from '../../contract/app.ts'
import type { Whereabouts } from '../strings/run.ts'

export type RunPhase =
  | 'live'
  | 'pausing'
  | 'paused'
  | 'interrupted'
  | 'failed'
  | 'cancelled'
  | 'finished'
  | 'pending'

export function phaseOf(run: RunSummary, pausing = false): RunPhase {
  if (run.live) return pausing ? 'pausing' : 'live'
  if (run.state === 'running') return 'interrupted'
  if (run.state === 'paused') return run.errorCode === 'CANCELLED' ? 'cancelled' : 'paused'
  return run.state
}

export const canResume = (phase: RunPhase): boolean =>
  phase === 'paused' ||
  phase === 'interrupted' ||
  phase === 'failed' ||
  phase === 'cancelled' ||
  phase === 'pending'

/** The stage that runs, or at which the run stands; null = all are done. */
export function currentStage({ stages, progress }: RunView): RunView['stages'][number] | null {
  const live =
    progress &&
    stages.find(({ iteration, name }) => iteration === progress.iteration && name === progress.stage)
  return (
    live ??
    stages.find(({ state }) => state === 'running' || state === 'failed') ??
    stages.find(({ state }) => state !== 'done') ??
    null
  )
}

/** Where it stands, and what a stop there cannot lose. */
export function whereaboutsOf(view: RunView): Whereabouts {
  const at = currentStage(view)
  const step = at && view.lastStep?.iteration === at.iteration ? view.lastStep.step : null
  const every = at ? view.plan.iterations[Math.max(0, at.iteration)]?.checkpointEverySteps : undefined
  return {
    iteration: at?.iteration ?? -1,
    stage: at?.name ?? null,
    step,
    savedStep: step === null || every === undefined ? null : Math.floor(step / every) * every,
    savedFractions: view.fractions
      .filter(({ iteration, split }) => iteration === at?.iteration && split === 'train')
      .reduce((sum, { saved }) => sum + saved.length, 0),
  }
}
