import type { MetricName } from './run-steps.ts'

export interface ChartLine {
  metric: MetricName
  colour: `--${string}`
  /** Beside its stroke in the key, where a chart has several lines. */
  name?: string
  dashed?: boolean
}

export interface ChartMark {
  value: number
  words: string
}

/** One chart of the page: constants of a module, so that a chart is built once. */
export interface ChartSpec {
  id: string
  title: string
  unit: string
  lines: readonly ChartLine[]
  reference?: ChartMark
  log?: boolean
  /** What the axis shows of the values: [low, high] → [low, high]. */
  range?: (low: number, high: number) => [number, number]
  /** A value at the line's end and under the cursor. */
  show: (value: number) => string
  /** A tick of the axis, whose ticks lie `step` apart; `show` where absent. */
  tick?: (value: number, step: number) => string
}
