import type { ForecastResult } from '../../contract/forecast.ts'
import { duration, gigabytes } from '../report/number-format.ts'
import { alignColumns } from '../report/score-table.ts'

/** The forecast of one iteration as a table, and what does not fit. */
export function forecastText(forecast: ForecastResult, iterations: number): string {
  const table = alignColumns([
    ['one iteration, as forecast', 'time', 'memory', 'disk'],
    ...forecast.stages.map(({ stage, seconds, peakBytes, diskBytes }) => [
      stage,
      duration(seconds),
      gigabytes(peakBytes),
      gigabytes(diskBytes),
    ]),
    ['together', duration(forecast.seconds), gigabytes(forecast.peakBytes), gigabytes(forecast.diskBytes)],
  ])
  const whole = `${iterations} iteration${iterations === 1 ? '' : 's'}: about ${duration(iterations * forecast.seconds)}, ${gigabytes(iterations * forecast.diskBytes)} on disk; this machine has ${gigabytes(forecast.memoryBytes)} of memory (measured in ${duration(forecast.probeSeconds)})`
  return [table, whole, ...forecast.advice.map((line) => `warning: ${line}`)].join('\n')
}
