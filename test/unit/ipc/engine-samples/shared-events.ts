/** Of every stage that takes a while. */
export const progress = {
  kind: 'progress',
  stage: 'Answering prompts',
  done: 3,
  total: 10,
  unit: 'rows',
  rate: null,
  tokensPerSecond: 812.25,
} as const
export const log = { kind: 'log', level: 'warning', message: 'line 1\nline 2' } as const
