import { baseIteration, type LoopEvent } from '../../contract/project.ts'
import type { StageName } from '../../contract/loop.ts'
import { duration } from '../report/number-format.ts'
import { createEventView, type StageEvent } from './follow-stage.ts'
import type { ProgressDisplay } from './progress-display.ts'

const stageWords: Record<StageName, string> = {
  reformat: 'dataset read',
  generate: 'prompts answered',
  gather: 'pairs gathered',
  finetune: 'model trained',
  evaluate: 'model scored',
}

/** Shows a loop's events: an updating line while a stage works, one line that stays when it is done. */
export function createLoopView(display: ProgressDisplay): (event: LoopEvent) => void {
  const show = createEventView(display)
  return (event) => {
    if (event.kind === 'engine') {
      if (event.event.kind !== 'done')
        show(iterationLabel(event.iteration, event.stage), event.event as StageEvent)
    } else if (event.kind === 'stage') {
      const what = `${iterationLabel(event.iteration, event.stage)} · ${stageWords[event.stage]}`
      if (event.state === 'started') return
      display.settle()
      if (event.state === 'done') display.line(`${what} in ${duration(event.seconds)}`)
      if (event.state === 'skipped') display.line(`${what} before, in ${duration(event.seconds)}`)
    } else if (event.kind === 'notice') {
      display.line(event.level === 'warning' ? `warning: ${event.message}` : event.message)
    } else if (event.kind === 'decision') {
      display.line(event.decision.reason)
    }
  }
}

export function iterationLabel(iteration: number, stage: StageName): string {
  if (iteration !== baseIteration) return `iteration ${iteration}`
  return stage === 'reformat' ? 'dataset' : 'base'
}
