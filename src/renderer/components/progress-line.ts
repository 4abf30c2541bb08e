import type { LiveProgress } from '../../contract/app.ts'
import { whole } from './numbers.ts'

export const iterationName = (iteration: number): string =>
  iteration === -2 ? 'Plain SFT' : iteration < 0 ? 'Base' : `Iteration ${iteration}`

export const stageNames = {
  reformat: 'Dataset',
  generate: 'Generate',
  gather: 'Gather',
  finetune: 'Train',
  evaluate: 'Evaluate',
} as const

/** "Iteration 0: Answering prompts, 320 of 800 rows" */
export function progressLine(progress: LiveProgress): string {
  const { iteration, stage, what, done, total, unit } = progress
  const count = total > 0 ? `, ${whole(done)} of ${whole(total)} ${unit}` : ''
  return `${stage === 'reformat' ? stageNames.reformat : iterationName(iteration)}: ${what}${count}`
}
