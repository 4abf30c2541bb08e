import type { LiveProgress } from '../../contract/app.ts'
import { stateStrings as words } from '../strings/states.ts'
import { whole } from './numbers.ts'

/** "Iteration 0: Answering prompts, 320 of 800 rows" */
export function progressLine(progress: LiveProgress): string {
  const { iteration, stage, what, done, total, unit } = progress
  const count = total > 0 ? words.countOf(whole(done), whole(total), unit) : ''
  return words.progress(
    stage === 'reformat' ? words.stages.reformat : words.iteration(iteration),
    what,
    count,
  )
}
