import { expect, test } from 'vitest'
import { StopRule } from '../../../src/contract/loop.ts'
import { decide, decideWithoutModel } from '../../../src/main/loop/decide.ts'

const after = (rule: object, scores: number[], planned = 10) =>
  decide(
    StopRule.parse(rule),
    scores.map((score, i) => ({ iteration: i - 1, score })),
    planned,
  )

test('a higher share of valid answers is better, a lower NLL is better', () => {
  expect(after({ score: 'sampled' }, [0.5, 0.6])).toMatchObject({
    best: 0,
    improved: true,
    action: 'continue',
    startFrom: 0,
  })
  expect(after({ score: 'nll' }, [0.5, 0.6])).toMatchObject({ best: -1, improved: false, action: 'stop' })
  expect(after({ score: 'nll' }, [0.5, 0.4])).toMatchObject({ best: 0, improved: true, action: 'continue' })
})

test('an equal score is no improvement', () => {
  expect(after({ score: 'greedy' }, [0.5, 0.5])).toMatchObject({ best: -1, action: 'stop', gain: 0 })
})

test('gains below minDelta do not count alone, but add up against the best that counted', () => {
  const rule = { score: 'sampled', patience: 3, minDelta: 0.05 }
  expect(after(rule, [0.5, 0.53])).toMatchObject({ best: -1, action: 'continue' })
  expect(after(rule, [0.5, 0.53, 0.56])).toMatchObject({ best: 1, improved: true })
})

test('patience counts iterations in a row, and an improvement starts it anew', () => {
  const rule = { score: 'sampled', patience: 2 }
  expect(after(rule, [0.5, 0.4])).toMatchObject({ action: 'continue', startFrom: 0, best: -1 })
  expect(after(rule, [0.5, 0.4, 0.6, 0.5])).toMatchObject({ action: 'continue', best: 1, startFrom: 2 })
  expect(after(rule, [0.5, 0.4, 0.6, 0.5, 0.5])).toMatchObject({ action: 'stop', best: 1 })
})

test('the last planned iteration ends the loop', () => {
  expect(after({ score: 'sampled' }, [0.5, 0.6], 1)).toMatchObject({ action: 'stop', best: 0 })
})

test('without a model the loop stops with the best before it', () => {
  const rule = StopRule.parse({ score: 'sampled' })
  expect(decideWithoutModel(rule, [{ iteration: -1, score: 0.5 }], 0, 'a guard.')).toMatchObject({
    action: 'stop',
    best: -1,
  })
  const two = [
    { iteration: -1, score: 0.5 },
    { iteration: 0, score: 0.6 },
  ]
  expect(decideWithoutModel(rule, two, 1, 'a guard.')).toMatchObject({ best: 0, startFrom: 0, gain: null })
})
