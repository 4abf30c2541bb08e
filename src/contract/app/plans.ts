import { z } from 'zod'
import { LoopPlan } from '../loop.ts'
import { trainingMethods } from '../presets.ts'
import { AdapterSettings } from '../settings.ts'
import { PlanPreset } from './preferences.ts'

/** The plan of a project: presets fitted to its model and data, what is wrong with a plan, what it costs, and its start. */

export const fittedPresets = ['quick', 'workstation', 'official'] as const
export type FittedPreset = (typeof fittedPresets)[number]

/** What the plan step decides. */
export const PlanChoice = z.object({
  plan: LoopPlan,
  /** Train rows that are used, the first by hash order; 0 = all. */
  rowLimit: z.number().int().min(0).default(0),
})
export type PlanChoice = z.infer<typeof PlanChoice>

/** As the page has it: numbers may be missing or impossible. Main parses, and says what is wrong by path. */
const Edited = z.object({ projectId: z.string(), plan: z.unknown(), rowLimit: z.unknown() })

export const PlanValue = z.union([z.number(), z.string(), z.boolean(), z.null()])
export type PlanValue = z.infer<typeof PlanValue>

/** Values of the choice by their paths: "plan.iterations.0.training.beta", "rowLimit". */
export const PlanPatch = z.array(z.object({ path: z.string(), value: z.union([PlanValue, AdapterSettings]) }))
export type PlanPatch = z.infer<typeof PlanPatch>

export const PlanProblem = z.object({ path: z.string(), message: z.string() })
export type PlanProblem = z.infer<typeof PlanProblem>

/** Something that a measurement or a source speaks against; it does not stop a start. */
export const PlanWarning = z.object({
  path: z.string(),
  /** The first sentence says what, the rest why, with the number that matters. */
  title: z.string(),
  message: z.string(),
  fix: z.object({ words: z.string(), patch: PlanPatch }).nullable(),
})
export type PlanWarning = z.infer<typeof PlanWarning>

export const PlanDifference = z.object({
  path: z.string(),
  /** Of this plan and of the preset; null = nothing (no adapter, no limit). */
  value: PlanValue,
  preset: PlanValue,
})
export type PlanDifference = z.infer<typeof PlanDifference>

/** What one training stage goes through. */
export const PlannedTraining = z.object({
  pairs: z.number().int(),
  steps: z.number().int(),
})
export type PlannedTraining = z.infer<typeof PlannedTraining>

/** The model and the data that a plan is fitted to. */
export const PlanFacts = z.object({
  parameters: z.number().int(),
  context: z.number().int(), // tokens
  trainRows: z.number().int(), // of the dataset, before `rowLimit`
  testRows: z.number().int(),
  checkable: z.boolean(),
  /** Tokens that 95 % of the human answers, and of the whole rows, do not exceed. */
  answerTokens: z.number(),
  rowTokens: z.number(),
  memoryBytes: z.number(),
})
export type PlanFacts = z.infer<typeof PlanFacts>

export const PlanCheck = z.object({
  problems: z.array(PlanProblem),
  warnings: z.array(PlanWarning),
  /** From the preset that the plan names, fitted to this model and data with the same method and number of iterations. */
  differences: z.array(PlanDifference),
  /** One an iteration; empty while there are problems. */
  iterations: z.array(PlannedTraining),
  sft: PlannedTraining.nullable(),
  /** Share of human answers longer than the answer limit, and of rows longer than the longest row, 0–1. */
  cappedAnswers: z.number(),
  cutRows: z.number(),
  facts: PlanFacts,
})
export type PlanCheck = z.infer<typeof PlanCheck>

/** Seconds of each stage; null = the stage is not made. */
export const StageSeconds = z.object({
  generate: z.number().nullable(),
  train: z.number().nullable(),
  evaluate: z.number().nullable(),
})
export type StageSeconds = z.infer<typeof StageSeconds>

export const planStages = ['generate', 'train', 'evaluate'] as const

/** What the whole loop costs on this machine. */
export const PlanForecast = z.object({
  seconds: z.number(),
  /** Of the truth, by how forecasts compared with measurements (docs/performance.md). */
  leastSeconds: z.number(),
  mostSeconds: z.number(),
  base: StageSeconds, // the start model is evaluated once
  iterations: z.array(StageSeconds),
  sft: StageSeconds.nullable(),
  /** Most that the engine's process holds in each stage, over all iterations. */
  memory: z.object({
    stages: z.array(z.object({ stage: z.enum(planStages), peakBytes: z.number() })),
    peakBytes: z.number(),
    totalBytes: z.number(),
    freeBytes: z.number(),
    /** Held beside that in the memory of the device that is computed on; null = it has none of its own. */
    device: z
      .object({
        name: z.string(),
        totalBytes: z.number().nullable(), // null = it does not say
        peakBytes: z.number(),
        stages: z.array(z.object({ stage: z.enum(planStages), peakBytes: z.number() })),
      })
      .nullable()
      .default(null),
  }),
  disk: z.object({
    models: z.number().int(),
    modelBytes: z.number(), // each
    /** Checkpoints that a stopped run goes on from. */
    resumeBytes: z.number(),
    answerBytes: z.number(),
    bytes: z.number(),
    freeBytes: z.number(),
  }),
  /** What does not fit, with what would. */
  warnings: z.array(PlanWarning),
  /** A run was at work while it was measured: the machine is then slower than it will be. */
  duringRun: z.boolean(),
})
export type PlanForecast = z.infer<typeof PlanForecast>

export const ForecastEvent = z.discriminatedUnion('kind', [
  /** `waiting`: the engine is at other work; the measuring begins when that has ended. */
  z.object({
    kind: z.literal('measuring'),
    done: z.number().int(),
    total: z.number().int(),
    waiting: z.boolean(),
  }),
  z.object({ kind: z.literal('done'), forecast: PlanForecast }),
])
export type ForecastEvent = z.infer<typeof ForecastEvent>

const Nothing = z.object({})

export const plansContract = {
  calls: {
    /**
     * A preset fitted to the project's model and data. `method` null = what the machine's memory allows. BAD_INPUT when model or
     * dataset is still to be chosen.
     */
    planFor: {
      input: z.object({
        projectId: z.string(),
        preset: z.enum(fittedPresets),
        iterations: z.number().int().min(1).max(32).nullable().default(null),
        method: z.enum(trainingMethods).nullable().default(null),
      }),
      output: PlanChoice,
    },
    /** Everything that can be said of a plan without measuring. */
    checkPlan: { input: Edited, output: PlanCheck },
    /** Keeps it in the project's draft. BAD_INPUT when it does not parse, BUSY once the project has a run. */
    savePlan: { input: Edited, output: Nothing },
    /**
     * Checks that model, dataset and disk are there, keeps the plan and starts the run. Answers at once; the run appears in the
     * project. BUSY while a run is live.
     */
    startRun: { input: Edited, output: Nothing },
    planPresets: { input: Nothing, output: z.object({ presets: z.array(PlanPreset) }) },
    /** A name that is there is replaced. */
    savePlanPreset: {
      input: z.object({ name: z.string().trim().min(1).max(80), plan: z.unknown() }),
      output: Nothing,
    },
    deletePlanPreset: { input: z.object({ name: z.string() }), output: Nothing },
  },
  streams: {
    /** Ends with `done`. What was measured before is not measured again. */
    forecast: { input: Edited, event: ForecastEvent },
  },
} as const
