import type { Progress } from '../../contract/engine.ts'
import { duration, thousands } from '../report/number-format.ts'

export interface DisplayStream {
  write(text: string): unknown
  isTTY?: boolean
  columns?: number
}

export interface ProgressDisplay {
  /** Where a stage stands; `label` says of what ("iteration 0"), `note` adds a number ("loss 0.58"). */
  progress(label: string, progress: Omit<Progress, 'kind'>, note?: string): void
  /** A line that stays. */
  line(text: string): void
  /** Leaves the last state of the updating line behind; the next progress starts a new one. */
  settle(): void
}

export interface DisplayOptions {
  /** Milliseconds, monotonic. */
  now?: () => number
  /** Between two lines of one stage when the output is not a terminal. */
  lineEveryMs?: number
}

const redrawMs = 100

/**
 * Progress on a terminal is one line that is drawn again in place; into a file or pipe it is a line every few seconds.
 * Lines that stay never mix with it: the updating line is cleared first and drawn again below them.
 */
export function createProgressDisplay(stream: DisplayStream, options: DisplayOptions = {}): ProgressDisplay {
  const { now = () => performance.now(), lineEveryMs = 5000 } = options
  const clear = '\r\x1b[2K'
  let current = ''
  let drawnAt = Number.NEGATIVE_INFINITY
  let stage = ''
  let unprinted = ''
  let printed = ''

  function draw(text: string): void {
    stream.write(`${clear}${fit(text, stream.columns || 80)}`)
    drawnAt = now()
  }
  function settle(): void {
    if (stream.isTTY) {
      if (current !== '') stream.write(`${clear}${fit(current, stream.columns || 80)}\n`)
    } else if (unprinted !== '') stream.write(`${unprinted}\n`)
    current = ''
    unprinted = ''
    stage = ''
    drawnAt = Number.NEGATIVE_INFINITY
  }

  return {
    progress(label, progress, note) {
      const text = progressText(label, progress, note)
      const key = `${label}/${progress.stage}`
      if (stage !== '' && key !== stage) settle()
      stage = key
      const due = now() - drawnAt >= (stream.isTTY ? redrawMs : lineEveryMs)
      if (stream.isTTY) {
        current = text
        if (due) draw(text)
      } else if (due || (progress.total > 0 && progress.done >= progress.total)) {
        if (text !== printed) stream.write(`${text}\n`)
        printed = text
        drawnAt = now()
        unprinted = ''
      } else unprinted = text
    },
    line(text) {
      if (stream.isTTY && current !== '') stream.write(clear)
      stream.write(`${text}\n`)
      if (stream.isTTY && current !== '') draw(current)
    },
    settle,
  }
}

/** `iteration 0 · Answering prompts  1,240/4,000 rows  31%  52.1 rows/s  53 s left` */
export function progressText(label: string, progress: Omit<Progress, 'kind'>, note?: string): string {
  const { stage, done, total, unit, rate, tokensPerSecond, devices } = progress
  const parts = [label === '' ? stage : `${label} · ${stage}`]
  parts.push(total > 0 ? `${thousands(done)}/${thousands(total)} ${unit}` : `${thousands(done)} ${unit}`)
  if (total > 0) parts.push(`${Math.floor((100 * done) / total)}%`)
  if (rate !== null && rate > 0) {
    parts.push(`${rate >= 100 ? thousands(rate) : rate.toFixed(1)} ${unit}/s`)
    if (tokensPerSecond !== null && tokensPerSecond > 0) parts.push(`${thousands(tokensPerSecond)} tokens/s`)
    if (total > done) parts.push(`${duration((total - done) / rate)} left`)
  } else if (done < total) parts.push('measuring…')
  if (devices) parts.push(devices.map(({ name, done: own }) => `${name}: ${thousands(own)}`).join(', '))
  if (note) parts.push(note)
  return parts.join('  ')
}

/** Cut to one row: a wrapped line cannot be drawn again in place. */
function fit(text: string, columns: number): string {
  const width = Math.max(20, columns - 1)
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}
