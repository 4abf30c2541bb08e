import type { ChartSpec } from '../charts/chart-spec.ts'
import { digitsOf } from '../charts/round-step.ts'
import { fixed, scientific, signed } from '../components/numbers.ts'
import { runStrings } from '../strings/run.ts'

const words = runStrings.charts
const nats = (value: number): string => fixed(value)
const aroundZero = (low: number, high: number): [number, number] => {
  const room = Math.max(high - low, 0.1) * 0.08
  return [Math.min(0, low) - (low < 0 ? room : 0), Math.max(0, high) + room]
}
const tick = (value: number, step: number): string => fixed(value, digitsOf(step))

export const mainCharts: readonly ChartSpec[] = [
  {
    id: 'loss',
    title: words.loss[0],
    unit: words.loss[1],
    lines: [{ metric: 'loss', colour: '--text' }],
    reference: { value: Math.LN2, words: words.ln2 },
    range: (_low, high) => [0, Math.max(high * 1.02, Math.LN2 * 1.2)],
    show: nats,
    tick,
  },
  {
    id: 'rewards',
    title: words.rewards[0],
    unit: words.rewards[1],
    lines: [
      { metric: 'rewardReal', colour: '--human', name: words.human },
      { metric: 'rewardGenerated', colour: '--generated', name: words.generated, dashed: true },
    ],
    range: aroundZero,
    show: (value) => signed(value, 2),
    tick,
  },
  {
    id: 'margin',
    title: words.margin[0],
    unit: words.margin[1],
    lines: [{ metric: 'margin', colour: '--text' }],
    range: aroundZero,
    show: (value) => signed(value, 2),
    tick,
  },
  {
    id: 'accuracy',
    title: words.accuracy[0],
    unit: words.accuracy[1],
    lines: [{ metric: 'accuracy', colour: '--text' }],
    reference: { value: 0.5, words: words.coinFlip },
    range: (low) => [Math.min(0.45, low - 0.02), 1.02],
    show: (value) => `${fixed(value * 100, 0)}%`,
    tick: (value) => String(Math.round(value * 100)),
  },
]

export const moreCharts: readonly ChartSpec[] = [
  {
    id: 'gradient-norm',
    title: words.gradNorm[0],
    unit: words.gradNorm[1],
    lines: [{ metric: 'gradNorm', colour: '--text' }],
    range: (_low, high) => [0, high * 1.05],
    show: nats,
    tick,
  },
  {
    id: 'learning-rate',
    title: words.lr[0],
    unit: words.lr[1],
    lines: [{ metric: 'lr', colour: '--text' }],
    log: true,
    show: scientific,
    tick: (value) => value.toExponential(0).replace('-', '−'),
  },
  {
    id: 'speed',
    title: words.tokensPerSecond[0],
    unit: words.tokensPerSecond[1],
    lines: [{ metric: 'tokensPerSecond', colour: '--text' }],
    range: (_low, high) => [0, high * 1.05],
    show: (value) => fixed(value / 1000, 1),
    tick: (value, step) => tick(value / 1000, step / 1000),
  },
  {
    id: 'human-answer-loss',
    title: words.nll[0],
    unit: words.nll[1],
    lines: [{ metric: 'nll', colour: '--human' }],
    show: nats,
    tick,
  },
  {
    id: 'entropy',
    title: words.entropy[0],
    unit: words.entropy[1],
    lines: [{ metric: 'entropy', colour: '--text' }],
    range: (_low, high) => [0, high * 1.05],
    show: nats,
    tick,
  },
  {
    id: 'kl',
    title: words.kl[0],
    unit: words.kl[1],
    lines: [{ metric: 'kl', colour: '--text' }],
    range: aroundZero,
    show: nats,
    tick,
  },
]
