import { count } from './amounts.ts'

/** Names of tests and the verdict of the results page. */
export const resultWords = {
  tests: {
    sampled: 'Valid answers, sampled',
    greedy: 'Valid answers, greedy',
    nll: 'Held-out NLL',
    rewardAccuracy: 'Reward accuracy',
  },
  settings: {
    sampled: (rows: number, samples: number) =>
      `${count(rows)} held-out rows, ${count(samples)} samples each`,
    greedy: (rows: number) => `${count(rows)} held-out rows, most likely answer`,
    /** Of a kind of row alone. */
    kind: (rows: number, score: 'sampled' | 'greedy') => `${count(rows)} rows, ${score}`,
    nll: (rows: number) => `human answers of ${count(rows)} rows, nats a token`,
    rewardAccuracy: 'held-out pairs where human wins',
  },
  verdict: {
    base: 'The base is in use: no iteration was better on the held-out rows, or it was chosen by hand.',
    none: 'Not compared yet: held-out scores appear as they are measured.',
    than: { base: 'the base', sft: 'as much plain SFT', previous: 'the iteration before' },
    lower: (than: string) => `Lower held-out NLL than ${than}.`,
    notLower: (than: string) => `No lower held-out NLL than ${than}.`,
    within: (than: string) => `Within error of ${than}.`,
    better: (than: string) => `Clearly better than ${than}.`,
    worse: (than: string) => `Clearly worse than ${than}.`,
  },
  noLineage: (project: string, iteration: number) =>
    `${project} is a project, but no app.sqlite tells of its iteration ${iteration}: the model card is the source's. --lineage gives another.`,
} as const
