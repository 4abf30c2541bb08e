import type { ResultTest, ScoreDifference } from '../../contract/app.ts'
import { fixed, signed } from '../components/numbers.ts'
import { resultsStrings as words } from '../strings/results.ts'

const digits = { points: 1, nats: 3, share: 1 } as const
/** A share, 0–1, is shown in percent. */
export const shownScale = { points: 1, nats: 1, share: 100 } as const

export const showScore = (value: number, unit: ResultTest['unit']): string =>
  fixed(value * shownScale[unit], digits[unit])

/** As the score itself changed: a difference is positive where it is better, and less loss is better. */
export const showDifference = (difference: ScoreDifference, unit: ResultTest['unit']): string =>
  signed((unit === 'nats' ? -1 : 1) * difference.mean * shownScale[unit], digits[unit])

/** "±0.9 pts", or nothing where rows were not measured one by one. */
export function showHalf({ half }: ScoreDifference, unit: ResultTest['unit']): string {
  return half === null
    ? words.unitShort[unit]
    : words.plusMinus(fixed(half * shownScale[unit], digits[unit]), words.unitShort[unit])
}

export function showClear({ clear }: ScoreDifference): string {
  if (clear === null) return ''
  return clear ? words.clear : words.within
}
