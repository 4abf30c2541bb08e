import { z } from 'zod'
import { LoopSetup } from '../project.ts'
import { RunSummary } from './runs.ts'

/** Everything ever run: found again, annotated, and set side by side. */

export const maxCompared = 4

export const ListedRun = RunSummary.extend({
  note: z.string(),
  tags: z.array(z.string()),
  /** Working time of all stages. */
  seconds: z.number(),
})
export type ListedRun = z.infer<typeof ListedRun>

/** An iteration's curve, thinned to a few hundred points; all columns of one length. */
export const RunCurve = z.object({
  iteration: z.number().int(),
  step: z.instanceof(Float32Array),
  /** Training time since the iteration's first step. */
  hours: z.instanceof(Float32Array),
  loss: z.instanceof(Float32Array),
  margin: z.instanceof(Float32Array),
  rewardGenerated: z.instanceof(Float32Array),
  accuracy: z.instanceof(Float32Array), // 0–1
})
export type RunCurve = z.infer<typeof RunCurve>

/** A test's change from the run's own base, in the test's unit, positive = better. */
export const RunChange = z.object({
  testId: z.string(),
  name: z.string(),
  unit: z.enum(['points', 'nats', 'share']),
  mean: z.number(),
  low: z.number().nullable(),
  high: z.number().nullable(),
})
export type RunChange = z.infer<typeof RunChange>

export const ComparedRun = z.object({
  run: RunSummary,
  note: z.string(),
  setup: LoopSetup,
  /** The iteration that is compared. */
  iteration: z.number().int(),
  /** Its score in the first test, and that of its base. */
  score: z.number().nullable(),
  curves: z.array(RunCurve),
  changes: z.array(RunChange),
  seconds: z.number(),
})
export type ComparedRun = z.infer<typeof ComparedRun>

const Nothing = z.object({})

export const compareContract = {
  calls: {
    /** Newest first; every word of `search` occurs in name, model, dataset, note or tags. `beforeId` = the last id of the page before. */
    listRuns: {
      input: z.object({
        search: z.string().max(200).default(''),
        beforeId: z.number().int().nullable().default(null),
        limit: z.number().int().min(1).max(200).default(100),
      }),
      output: z.object({ runs: z.array(ListedRun), more: z.boolean() }),
    },
    annotateRun: {
      input: z.object({
        runId: z.number().int(),
        note: z.string().max(10_000).optional(),
        tags: z.array(z.string().trim().min(1).max(40)).max(20).optional(),
      }),
      output: Nothing,
    },
    /** `iteration` null = the one in use. */
    compareRuns: {
      input: z.object({
        items: z
          .array(z.object({ runId: z.number().int(), iteration: z.number().int().nullable().default(null) }))
          .min(1)
          .max(maxCompared),
      }),
      output: z.object({ runs: z.array(ComparedRun) }),
    },
  },
  streams: {},
} as const
