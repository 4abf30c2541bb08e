import { z } from 'zod'
import { hash32 } from '../../src/engine/tensor/random.ts'

/** What every peer is given: the same tokens, as ids and as the text that encodes to them. */
export const Workload = z.object({
  threads: z.number().int(),
  /** Generation is timed by the processes' CPU time instead of the wall clock. */
  cpuTime: z.boolean(),
  modelDir: z.string(),
  train: z.object({
    microBatch: z.number().int(),
    accumulate: z.number().int(),
    steps: z.number().int(), // one more is made first, to warm up
    beta: z.number(),
    lr: z.number(),
    pairs: z.array(
      z.object({
        prompt: z.string(),
        chosen: z.string(),
        rejected: z.string(),
        promptIds: z.array(z.number().int()),
        chosenIds: z.array(z.number().int()), // with the EOS
        rejectedIds: z.array(z.number().int()),
      }),
    ),
  }),
  generate: z.object({
    batches: z.array(z.number().int()),
    newTokens: z.number().int(),
    prompts: z.array(z.array(z.number().int())),
  }),
  /** A dataset: prompts and answers of mixed length, `batch` at a time. */
  mixed: z.object({
    batch: z.number().int(),
    prompts: z.array(z.object({ ids: z.array(z.number().int()), newTokens: z.number().int() })),
  }),
})
export type Workload = z.infer<typeof Workload>

export interface WorkloadSizes {
  promptTokens: number
  answerTokens: number
  microBatch: number
  accumulate: number
  steps: number
  batches: number[]
  newTokens: number
  generationPrompt: number
  mixedPrompts: number
}

/** The EOS is the vocabulary's last id; words are the ids from 256 on. */
export function makeWorkload(
  modelDir: string,
  words: readonly string[],
  { threads, cpuTime }: Pick<Workload, 'threads' | 'cpuTime'>,
  sizes: WorkloadSizes,
): Workload {
  const eos = 256 + words.length
  const ids = (count: number, seed: number) =>
    Array.from({ length: count }, (_, i) => 256 + (hash32(seed, i) % words.length))
  const text = (of: readonly number[]) => of.map((id) => words[id - 256]!).join('')
  const { microBatch, accumulate, steps } = sizes
  return {
    threads,
    cpuTime,
    modelDir,
    train: {
      microBatch,
      accumulate,
      steps,
      beta: 0.1,
      lr: 1e-5,
      pairs: Array.from({ length: microBatch * accumulate * (steps + 1) }, (_, i) => {
        const promptIds = ids(sizes.promptTokens, 3 * i)
        const chosen = ids(sizes.answerTokens - 1, 3 * i + 1)
        const rejected = ids(sizes.answerTokens - 1, 3 * i + 2)
        return {
          prompt: text(promptIds),
          chosen: text(chosen),
          rejected: text(rejected),
          promptIds,
          chosenIds: [...chosen, eos],
          rejectedIds: [...rejected, eos],
        }
      }),
    },
    mixed: {
      batch: 16,
      prompts: Array.from({ length: sizes.mixedPrompts }, (_, i) => ({
        ids: ids(32 + (hash32(i, 'prompt') % 65), 9_000 + i), // 32 … 96 tokens
        newTokens: answerLength((hash32(i, 'answer') + 0.5) / 2 ** 32),
      })),
    },
    generate: {
      batches: sizes.batches,
      newTokens: sizes.newTokens,
      prompts: Array.from({ length: Math.max(...sizes.batches) }, (_, i) =>
        ids(sizes.generationPrompt, 7_000 + i),
      ),
    },
  }
}

/** Geometric with a mean of 40, at most 128: how chat answers end. */
function answerLength(u: number): number {
  return Math.min(128, 1 + Math.floor(Math.log(u) / Math.log(1 - 1 / 40)))
}
