import type { LogEvent, StepMetrics } from '../../contract/engine.ts'
import type { StageName } from '../../contract/loop.ts'
import type { LoopEvent } from '../../contract/project.ts'
import { baseIteration, sftIteration } from '../../contract/project.ts'
import { runLogWords, type Subject } from '../../strings/run-log.ts'
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
    const words = runLogWords.begins[stage](subjectOf(iteration))
    say(again ? runLogWords.continued(words) : words, { iteration, stage })
  }

  function ended(id: number, iteration: number, stage: StageName, seconds: number): void {
    if (stage === 'gather') return
    const rows = store.fractions(id, iteration).reduce((sum, row) => sum + row.rows, 0)
    say(runLogWords.ends[stage](subjectOf(iteration), { rows, steps }, seconds), {
      iteration,
      stage,
      good: stage === 'evaluate',
    })
  }

  function tryAgain(id: number, iteration: number): void {
    const saved = store.fractions(id, iteration).filter((row) => row.split === split).length
    const retried: RetriedFraction = { iteration, split, fraction: saved }
    say(runLogWords.fractionAgain(saved + 1), { iteration, retried })
  }

  /** The stage itself refuses to go past step 0 with a loss that is not the expected one. */
  function passStepZero(id: number, iteration: number, { step, spinLoss }: StepMetrics): void {
    if (step === 0) stepZeroLoss = (store.lastMetrics(id, iteration)?.step ?? 0) === 0 ? spinLoss : null
    else if (stepZeroLoss !== null) {
      say(runLogWords.stepZero(stepZeroLoss), { iteration, stage: 'finetune', good: true })
      stepZeroLoss = null
    }
  }

  function fromEngine(id: number, { iteration, stage, event }: Extract<LoopEvent, { kind: 'engine' }>): void {
    if (event.kind === 'fraction') {
      if (event.split === 'train' && !known.has(`train ${event.index}`))
        say(runLogWords.fractionSaved(event.index + 1, event.rows), { iteration, stage })
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

const subjectOf = (iteration: number): Subject =>
  iteration === baseIteration ? 'base' : iteration === sftIteration ? 'sft' : iteration
