import type { LogEvent, StepMetrics } from '../../contract/engine.ts'
import type { StageName } from '../../contract/loop.ts'
import type { LoopEvent } from '../../contract/project.ts'
import { baseIteration, sftIteration } from '../../contract/project.ts'
import type { Store } from '../store/store.ts'
import type { RetriedFraction } from './fraction-groups.ts'

export interface RunLog {
  note(event: LoopEvent): void
}

/** What happened and is not a warning: stages that began and ended, fractions, the loss at step 0. In the record's event log. */
export function createRunLog(store: Store): RunLog {
  let runId: number | null = null
  /** The split that is being answered. */
  let split: 'train' | 'test' = 'train'
  let known = new Set<string>()
  /** Optimizer steps of the training that has just ended. */
  let steps = 0
  /** Of training that has begun here and has not got past its first step. */
  let stepZeroLoss: number | null = null

  function say(message: string, data: Record<string, unknown> = {}): void {
    if (runId === null) return
    store.saveEvent({ runId, createdAt: Date.now(), level: 'info', message, data: JSON.stringify(data) })
  }

  function begun(id: number, iteration: number, stage: StageName): void {
    if (stage === 'generate') {
      split = 'train'
      known = new Set(store.fractions(id, iteration).map((row) => `${row.split} ${row.fraction}`))
    }
    stepZeroLoss = null
    if (stage === 'gather') return
    const again = (store.stage({ runId: id, iteration, name: stage })?.attempts ?? 1) > 1
    say(beginning(iteration, stage) + (again ? ', continued' : ''), { iteration, stage })
  }

  function ended(id: number, iteration: number, stage: StageName, seconds: number): void {
    if (stage === 'gather') return
    const rows = store.fractions(id, iteration).reduce((sum, row) => sum + row.rows, 0)
    say(`${ending(iteration, stage, { rows, steps })} in ${inWords(seconds)}`, {
      iteration,
      stage,
      good: stage === 'evaluate',
    })
  }

  function tryAgain(id: number, iteration: number): void {
    const saved = store.fractions(id, iteration).filter((row) => row.split === split).length
    const retried: RetriedFraction = { iteration, split, fraction: saved }
    say(`Fraction ${saved + 1} is answered again from where it stood`, { iteration, retried })
  }

  /** The stage itself refuses to go past step 0 with a loss that is not the expected one. */
  function passStepZero(id: number, iteration: number, { step, spinLoss }: StepMetrics): void {
    if (step === 0) stepZeroLoss = (store.lastMetrics(id, iteration)?.step ?? 0) === 0 ? spinLoss : null
    else if (stepZeroLoss !== null) {
      say(`Step 0 loss ${stepZeroLoss.toFixed(3)}, as expected`, { iteration, stage: 'finetune', good: true })
      stepZeroLoss = null
    }
  }

  function fromEngine(id: number, { iteration, stage, event }: Extract<LoopEvent, { kind: 'engine' }>): void {
    if (event.kind === 'fraction') {
      if (event.split === 'train' && !known.has(`train ${event.index}`))
        say(`Fraction ${event.index + 1} saved, ${count(event.rows)} rows`, { iteration, stage })
      split = event.split
    }
    if (event.kind === 'done' && stage === 'generate') split = 'test'
    if (event.kind === 'done' && 'savedStep' in event) ({ steps } = event)
    if (event.kind === 'log' && stage === 'generate' && (event as LogEvent).again) tryAgain(id, iteration)
    if (event.kind === 'step' && iteration !== sftIteration) passStepZero(id, iteration, event)
  }

  return {
    note(event) {
      if (event.kind === 'run') runId = event.runId
      if (runId === null) return
      if (event.kind === 'stage' && event.state === 'started') begun(runId, event.iteration, event.stage)
      if (event.kind === 'stage' && event.state === 'done')
        ended(runId, event.iteration, event.stage, event.seconds)
      if (event.kind === 'engine') fromEngine(runId, event)
    },
  }
}

const nameOf = (iteration: number): string =>
  iteration === baseIteration
    ? 'the base'
    : iteration === sftIteration
      ? 'plain SFT'
      : `iteration ${iteration}`
const count = (value: number): string => value.toLocaleString('en-US')

function beginning(iteration: number, stage: StageName): string {
  if (stage === 'reformat') return 'Reading the dataset'
  if (stage === 'generate') return `Generating answers for ${nameOf(iteration)}`
  if (stage === 'finetune') return `Training ${nameOf(iteration)}`
  return `Evaluating ${nameOf(iteration)} on the held-out prompts`
}

function ending(
  iteration: number,
  stage: StageName,
  { rows, steps }: { rows: number; steps: number },
): string {
  if (stage === 'reformat') return 'Dataset read'
  if (stage === 'generate') return `Generated ${count(rows)} answers`
  const name = nameOf(iteration)
  const subject = name.charAt(0).toUpperCase() + name.slice(1)
  if (stage === 'finetune') return `${subject} trained, ${count(steps)} steps,`
  return `${subject} evaluated`
}

function inWords(seconds: number): string {
  if (seconds < 100) return `${Math.max(1, Math.round(seconds))} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60
    ? `${minutes} min ${String(Math.round(seconds % 60)).padStart(2, '0')} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
