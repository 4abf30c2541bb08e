import { z } from 'zod'
import { SampleLine, SampleOrder, SampleQuery, SampleRow, TokenScores } from '../samples-engine.ts'

/** Pairs of a run one by one: what a person, the opponent and the new model answered, and what the models think of it. */

export const sampleSplits = ['test', 'train'] as const
export const SampleSplit = z.enum(sampleSplits)
export type SampleSplit = z.infer<typeof SampleSplit>

export const SampleSetRequest = z.object({
  projectId: z.string(),
  iteration: z.number().int().min(0),
  /** `test`: held-back rows, which evaluation has scored. `train`: what the iteration was trained on. */
  split: SampleSplit.default('test'),
})
export type SampleSetRequest = z.infer<typeof SampleSetRequest>

/** What there is of one iteration. */
export const SampleIteration = z.object({
  iteration: z.number().int(),
  /** Whose model the opponent is: −1 = the base, null = a folder outside of the run. */
  opponent: z.number().int().nullable(),
  beta: z.number(),
  /** Pairs; null = that split has none. */
  rows: z.record(SampleSplit, z.number().int().nullable()),
  /** Whether there is a new model, so that tokens can be scored. */
  hasModel: z.boolean(),
  /** Whether it has answered the split's prompts. */
  hasAnswers: z.record(SampleSplit, z.boolean()),
  /** Whether margins are known, by split. */
  hasScores: z.record(SampleSplit, z.boolean()),
})
export type SampleIteration = z.infer<typeof SampleIteration>

export const SamplesView = z.object({
  run: z.number().int().nullable(), // null = not started
  iterations: z.array(SampleIteration),
})
export type SamplesView = z.infer<typeof SamplesView>

/** Each side as both models see it; null = there is no such answer. */
export const SampleTokens = z.object({
  promptTokens: z.number().int(),
  human: TokenScores,
  opponent: TokenScores,
  newModel: TokenScores.nullable(),
})
export type SampleTokens = z.infer<typeof SampleTokens>

const Flags = z.object({ ids: z.array(z.string()) })
const rows = z.array(z.number().int().min(0)).max(200)

export const samplesContract = {
  calls: {
    /** The rows that a filter and a search leave, in order, as numbers; margins in nats, NaN = not known. */
    sampleOrder: { input: SampleSetRequest.extend(SampleQuery.shape), output: SampleOrder },
    /** What the list shows of these rows. */
    sampleLines: {
      input: SampleSetRequest.extend({ rows }),
      output: z.object({ lines: z.array(SampleLine) }),
    },
    /** One row with its texts; null = the file has no such row any more. */
    sampleRow: {
      input: SampleSetRequest.extend({ row: z.number().int().min(0) }),
      output: z.object({ row: SampleRow.nullable() }),
    },
    /** Loads both models when first asked. BUSY while the inspecting engine does something else. */
    sampleTokens: {
      input: SampleSetRequest.extend({ row: z.number().int().min(0) }),
      output: SampleTokens,
    },
    /** Flagged prompts, by id: the same in all iterations of a project. */
    sampleFlags: { input: z.object({ projectId: z.string() }), output: Flags },
    flagSample: {
      input: z.object({ projectId: z.string(), id: z.string().min(1).max(200), flagged: z.boolean() }),
      output: Flags,
    },
  },
  streams: {
    /** Now, and again whenever an iteration has more to show. */
    samples: { input: z.object({ projectId: z.string() }), event: SamplesView },
    /** The rows that a filter and a search leave, as JSON Lines: the parts join to the file. */
    exportSamples: {
      input: SampleSetRequest.extend(SampleQuery.shape),
      event: z.object({
        bytes: z.instanceof(Uint8Array),
        done: z.number().int(),
        total: z.number().int(),
      }),
    },
  },
} as const

export type SampleCounts = SampleOrder['counts']
export type {
  SampleFilter,
  SampleLine,
  SampleOrder,
  SampleQuery,
  SampleRow,
  SampleSort,
  TokenScores,
} from '../samples-engine.ts'
