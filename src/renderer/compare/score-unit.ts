import type { ComparedRun } from '../../contract/app.ts'
import { fixed, signed } from '../components/numbers.ts'
import { scoreStrings } from '../strings/scores.ts'

const digits = { pts: 1, nats: 3 } as const

/** Of the run's first test, which its score is in: not the deciding one where that was not measured row by row. */
function unitOf({ run, changes: [main] }: ComparedRun): 'pts' | 'nats' {
  if (main) return main.unit === 'nats' ? 'nats' : 'pts'
  return scoreStrings.unit(run.score)
}

/** "53.6 pts", "1.200 nats", or nothing. */
export function comparedScore(compared: ComparedRun): string | null {
  const unit = unitOf(compared)
  return compared.score === null ? null : `${fixed(compared.score, digits[unit])} ${unit}`
}

/** As the score itself changed: a change is positive where it is better, and less loss is better. */
export function comparedChange(compared: ComparedRun): string | null {
  const [main] = compared.changes
  const unit = unitOf(compared)
  return main ? `${signed(unit === 'nats' ? -main.mean : main.mean, digits[unit])} ${unit}` : null
}
