import { describe, expect, it } from 'vitest'
import { createProgressDisplay, progressText } from '../../../src/main/terminal/progress-display.ts'

const at = (done: number, stage = 'Answering prompts') => ({
  stage,
  done,
  total: 4000,
  unit: 'rows',
  rate: 52.1,
  tokensPerSecond: 812,
})

function display(isTTY: boolean) {
  let clock = 0
  let text = ''
  const shown = createProgressDisplay(
    { write: (s) => (text += s), isTTY, columns: 100 },
    { now: () => clock },
  )
  return { shown, pass: (ms: number) => (clock += ms), text: () => text }
}
/** What a terminal of that output would show: a cleared line is gone. */
const screen = (text: string): string[] =>
  text.split('\n').map((line) => line.slice(line.lastIndexOf('\x1b[2K') + 1).replace('[2K', ''))

describe('progress', () => {
  it('says stage, done of total, share, rate and time left', () => {
    expect(progressText('iteration 0', at(1240))).toBe(
      'iteration 0 · Answering prompts  1,240/4,000 rows  31%  52.1 rows/s  812 tokens/s  53 s left',
    )
    expect(progressText('', { ...at(0), rate: null })).toBe('Answering prompts  0/4,000 rows  0%  measuring…')
    expect(progressText('', { ...at(4000), rate: null })).not.toContain('measuring')
  })

  it('into a file is a whole line every five seconds, and the last state of every stage', () => {
    const { shown, pass, text } = display(false)
    for (let i = 0; i <= 60; i++) {
      shown.progress('iteration 0', at(i * 10))
      pass(200)
    }
    shown.progress('iteration 0', at(0, 'Training'))
    shown.settle()
    const lines = text().trimEnd().split('\n')
    expect(lines.map((line) => / (\d+)\/4,000/.exec(line)?.[1])).toEqual(['0', '250', '500', '600', '0'])
    expect(text()).not.toContain('\x1b')
  })

  it('on a terminal is one line drawn in place, and lines that stay never mix with it', () => {
    const { shown, pass, text } = display(true)
    shown.progress('', at(1))
    pass(200)
    shown.progress('', at(2))
    shown.line('warning: something')
    pass(200)
    shown.progress('', at(3))
    shown.settle()
    shown.line('done')
    const lines = screen(text())
    expect(lines[0]).toBe('warning: something')
    expect(lines[1]).toContain(' 3/4,000')
    expect(lines[2]).toBe('done')
  })

  it('never wraps, and draws at most ten times a second', () => {
    const { shown, text } = display(true)
    for (let i = 0; i < 1000; i++)
      shown.progress('a label that is very long indeed, longer than the window is wide', at(i))
    expect(text().split('\r').length - 1).toBe(1)
    expect(Math.max(...screen(text()).map((line) => line.length))).toBeLessThanOrEqual(99)
  })
})
