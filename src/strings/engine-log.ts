import { count, decimal, megabytes, setting } from './amounts.ts'

/** A power of two. */
const lossScale = (scale: number): string => (scale < 1 ? setting(scale) : count(scale))

/** Events of the engine's stages, as a run's log tells them. */
export const engineLogWords = {
  imported: (train: number, test: number) =>
    `Already imported: ${count(train)} train rows, ${count(test)} test rows.`,
  fileEmpty: (path: string) => `${path} is empty.`,
  fileWithoutRows: (path: string) => `${path} holds no readable row.`,
  brokenRow: (row: number, why: string) => ` Row ${count(row)}: ${why}.`,
  /** `lost`: rows of each reason. */
  dropped: (lost: readonly (readonly [reason: string, rows: number])[], rows: number, path: string) =>
    `Dropped ${lost.map(([reason, n]) => `${reason} ${count(n)}`).join(', ')} of ${count(rows)} rows; each is listed in ${path}.`,
  noHeldOut: 'No rows were held out for evaluation.',

  longPrompts: (long: number, rows: number, newTokens: number, context: number) =>
    `${count(long)} of ${count(rows)} prompts and ${count(newTokens)} new tokens exceed the model's context of ${count(context)}; their answers are cut where it ends.`,
  cutPrompts: (cut: number, questions: number, context: number) =>
    `The prompts of ${count(cut)} of ${count(questions)} questions exceed the model's context of ${count(context)}; they were cut from the left, as the harness does.`,
  usedAs: (form: string) => `The matrices of the layers are used as ${form}, as training holds them.`,

  pairs: {
    train: 'Train',
    test: 'Test',
    lengths: (name: string, generated: number, real: number) =>
      `${name}: the median generated answer has ${count(generated)} characters, the real one ${count(real)}; ` +
      'length alone tells them apart, and training may learn that instead of the content.',
    capped: (name: string, share: string) =>
      `${name}: ${share} of the answers were cut off at the token limit.`,
    equal: (name: string, share: string) =>
      `${name}: ${share} of the generated answers equal the real one; they count as NLL only.`,
    duplicates: (name: string, rows: number) =>
      `${name}: ${count(rows)} rows answered a prompt that came before and were left out.`,
    shared: (prompts: number, all: number) =>
      `${count(prompts)} of ${count(all)} test prompts are train prompts too; scores on them mean little.`,
    oldTest: (path: string) => `${path} is from an earlier run: there are no test fractions now.`,
  },

  withoutNegative: {
    spin: (rows: number, all: number) =>
      `${count(rows)} of ${count(all)} rows have no negative (generated = real, or called right by the checker); they train the NLL term alone`,
    dpo: (rows: number, all: number) =>
      `${count(rows)} of ${count(all)} rows have no negative (rejected = chosen, or called right by the checker); they train the NLL term alone`,
  },
  momentsOnProcessor:
    'Optimizer state of 8 bits is kept and updated by the processor: gradients are fetched and weights sent once a step.',
  wholePass: 'One program holds the frozen weights; a micro-batch sends it tokens and the adapter alone.',
  skippedStep: (step: number, scale: number, next: number, skipped: number) =>
    `Step ${count(step)}: a gradient overflowed f16 at a loss scale of ${lossScale(scale)}; the step changes no weight, and the scale is ${lossScale(next)} now. Skipped so far: ${count(skipped)}.`,
  adapterMerged: (baseDir: string) =>
    `The start model is an adapter on ${baseDir}. All weights are to be trained: it is merged, and the result is a whole model.`,
  adapter: {
    first: (rank: number, numbers: number) =>
      `A new adapter is trained: rank ${rank}, ${count(numbers)} numbers; the base stays as it is.`,
    continued: (rank: number, numbers: number) =>
      `The adapter of the start model is trained on: rank ${rank}, ${count(numbers)} numbers; the base stays as it is.`,
  },
  heldAs: (form: string, bytes: number, numbers: number) =>
    `The matrices of the layers are held as ${form}, ${decimal(bytes / numbers, 3)} bytes a number ` +
    `(${megabytes(bytes)} instead of ${megabytes(4 * numbers)}).`,
  stopped: (step: number, why: string, kept: number) =>
    `Training stopped after step ${count(step)}: ${why}. Kept: ${kept === 0 ? 'the start model' : `step ${count(kept)}`}.`,
  guards: {
    real: (moved: number, steps: number, limit: number) =>
      `the human answers are becoming less likely: their log-prob moved by ${decimal(moved, 3)} nats an answer against ` +
      `the opponent over the last ${steps} steps, and the limit is ${setting(limit)}`,
    eos: (moved: number, steps: number, limit: number) =>
      `the model is forgetting to end its answers: the log-prob of their end token moved by ${decimal(moved, 3)} nats ` +
      `over the last ${steps} steps, and the limit is ${setting(limit)}`,
    heldOut: (now: { step: number; nll: number }, best: { step: number; nll: number }, limit: number) =>
      `the held-out answers are getting worse: NLL ${decimal(now.nll, 4)} at step ${count(now.step)}, ` +
      `best ${decimal(best.nll, 4)} at step ${count(best.step)}, limit ${decimal(limit, 4)}`,
  },
  memory: {
    step: (step: number, before: number, now: number, rows: number) =>
      `Step ${count(step)}: memory ran out with micro-batches of ${before}; the step is made again with ${now}, accumulated to the same ${count(rows)} rows. Training goes on with ${now}.`,
    scoring: (before: number, now: number) =>
      `Memory ran out while scoring ${count(before)} answers at once; scoring goes on with ${count(now)} at once.`,
    fewerPrompts: (before: number, now: number) =>
      `Memory ran out while answering ${count(before)} prompts at once; those in the making are begun anew, ${count(now)} at once. The answers stay the same.`,
  },
  questionsMemory: (before: number, now: number) =>
    `Memory ran out while scoring ${count(before)} questions at once; it goes on with ${count(now)} at once.`,
  merged: (rank: number, baseDir: string) => `The adapter of rank ${rank} is merged into ${baseDir}.`,
  mergedAs: (rank: number, baseDir: string, form: string) =>
    `The adapter of rank ${rank} is merged into ${baseDir}, its matrices as ${form} holds them.`,
} as const
