import { count, gigabytes, percent } from './amounts.ts'

/** What the Plan page says of values: problems that forbid a start, and warnings with a way out. */
export const planWords = {
  limits: {
    moreThan: (least: number | bigint) => `More than ${count(Number(least))}`,
    atLeast: (least: number | bigint) => `At least ${count(Number(least))}`,
    below: (most: number | bigint) => `Below ${count(Number(most))}`,
    atMost: (most: number | bigint) => `At most ${count(Number(most))}`,
    types: { number: 'A number', int: 'A whole number', boolean: 'Yes or no' } as Readonly<
      Record<string, string>
    >,
  },
  problems: {
    stopEpoch: (most: number) => `At most ${most}, where the rate ends`,
    maxLength: (context: number) => `At most ${count(context)}, the model’s context`,
    maxPromptLength: (longest: number) => `Below the longest row, ${count(longest)}`,
    maxNewTokens: (context: number) => `Below the model’s context, ${count(context)}`,
    rowLimit: (rows: number) => `At most ${count(rows)}, all train rows`,
    samples: 'At least 1: the deciding score is of samples',
    noTestRows:
      'The dataset has no held-out rows, so nothing could be compared. Hold some out on the Dataset step.',
  },
  use: (value: string) => `Use ${value}`,
  beta: {
    jump: (beta: number, iteration: number, times: number) =>
      `β ${beta} in iteration ${iteration} is ${times} × iteration ${iteration - 1}.`,
    high: (beta: number, iteration: number) => `β ${beta} in iteration ${iteration} is above 1.`,
    published: 'It is the paper’s value for this iteration, with 100,000 rows at 7 B parameters. ',
    usual: 'Every other source has 0.1 to 1: the higher β, the less the model may leave its opponent.',
  },
  temperature: {
    greedy: 'Greedy answers push down what the model does best.',
    cold: (temperature: number) =>
      `Answers at temperature ${temperature} push down what the model does best.`,
    measured:
      'Measured with 0.34 M parameters: below temperature 1 valid samples fell from 61% to 34%; above 1 they rose.',
  },
  anchor: {
    title: 'No anchor on the human answers.',
    measured:
      'Measured with 0.34 M parameters: without it the human answers’ log-prob fell by 1.5 to 8.5 nats and answers stopped ending.',
  },
  adapterRate: {
    title: 'This learning rate is one for all weights.',
    literature: (times: number) =>
      `An adapter learns best at about ${times} × that (LoRA literature from 0.1 B on).`,
    measured: (times: number) => `An adapter learns best at about ${times} × that (measured on the starter).`,
  },
  capped: {
    title: (share: number) => `${percent(share)} of the human answers are longer than the answer limit.`,
    refused: (limit: number) =>
      `If the model’s own are as long, more than ${percent(limit)} are cut off and the run stops before training.`,
    taught:
      'Answers that end mid-sentence teach the model to tell length, not quality (seen in the published run).',
  },
  cut: {
    title: (share: number) => `${percent(share)} of the rows are longer than the longest row.`,
    lost: 'They lose the start of their prompt, and where that is not enough the end of both answers.',
  },
  unchecked: {
    title: 'No row says how its answers are checked.',
    sampled:
      'So a sampled answer counts as right only where it equals the human one to the letter. Held-out NLL needs no checker.',
    greedy:
      'So a greedy answer counts as right only where it equals the human one to the letter. Held-out NLL needs no checker.',
    useNll: 'Use held-out NLL',
  },
  memory: {
    generating: (needs: number, has: number) =>
      `Generating needs ${gigabytes(needs)} and this machine has ${gigabytes(has)}.`,
    training: (needs: number, has: number) =>
      `Training needs ${gigabytes(needs)} and this machine has ${gigabytes(has)}.`,
    onDevice: {
      generating: (needs: number, device: string, has: number) =>
        `Generating needs about ${gigabytes(needs)} on ${device}, which has ${gigabytes(has)}.`,
      training: (needs: number, device: string, has: number) =>
        `Training needs about ${gigabytes(needs)} on ${device}, which has ${gigabytes(has)}.`,
    },
    counted: 'Counted from the model’s shapes, not measured. A tenth of it is the driver’s.',
    reserve: (bytes: number) => `${gigabytes(bytes)} of it must stay free for the system.`,
    answerAtOnce: (rows: number) => `Answer ${count(rows)} at a time`,
    trainAtOnce: (rows: number) => `Train ${count(rows)} at a time`,
    lora: 'Train with LoRA',
    qlora8: 'Hold the model in 8 bits',
    qlora4: 'Hold the model in 4 bits',
  },
  disk: {
    title: (writes: number, free: number) =>
      `This plan writes ${gigabytes(writes)} and the project’s disk has ${gigabytes(free)} free.`,
    fix: (missing: number) => `Free at least ${gigabytes(missing)} on this disk, or plan fewer iterations.`,
  },
} as const
