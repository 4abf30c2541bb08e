import { z } from 'zod'
import { EvaluationResult, FinetuneResult, GatherResult, GenerateResult, ImportRequest } from './engine.ts'
import type { EngineContract } from './engine.ts'
import { LoopPlan, StageName } from './loop.ts'

/** Where the rows come from: files to be reformatted into the project, or Parquet files that already are. */
export const DataSource = z.discriminatedUnion('kind', [
  ImportRequest.omit({ outDir: true, trainName: true, testName: true }).extend({ kind: z.literal('import') }),
  z.object({ kind: z.literal('ready'), trainPath: z.string(), testPath: z.string() }),
])
export type DataSource = z.input<typeof DataSource>

/** All that decides what a loop makes; two loops with equal setups make equal bytes. Paths are absolute. */
export const LoopSetup = z.object({
  modelDir: z.string(), // the base
  data: DataSource,
  plan: LoopPlan,
})
export type LoopSetup = z.output<typeof LoopSetup>

export const runStates = ['pending', 'running', 'paused', 'failed', 'finished'] as const
export const RunState = z.enum(runStates)
export type RunState = z.infer<typeof RunState>
export type StageState = 'pending' | 'running' | 'done' | 'failed'

/** The iteration number of the start model: evaluated, a candidate for the best, never trained. */
export const baseIteration = -1

/** The number of the plain-SFT comparison: trained from the base beside the loop, never a candidate, never a start. */
export const sftIteration = -2

/** What is done after an iteration's evaluation. */
export const Decision = z.object({
  action: z.enum(['continue', 'stop']),
  /** The best candidate so far; −1 = the base. */
  best: z.number().int().min(baseIteration),
  /** Whether the iteration just evaluated became the best. */
  improved: z.boolean(),
  /** Gain over the best before it, in the score's unit, positive = better. */
  gain: z.number().nullable(),
  /** The iteration whose model the next iteration starts from. */
  startFrom: z.number().int().min(baseIteration),
  reason: z.string(),
})
export type Decision = z.infer<typeof Decision>

export const Candidate = z.object({
  iteration: z.number().int().min(baseIteration),
  modelDir: z.string(),
  modelSha256: z.string(),
  score: z.number(),
})
export type Candidate = z.infer<typeof Candidate>

/** Everything one iteration produced; `finetune` and `evaluation` are null when a guard ended it before a model existed. */
export const IterationOutcome = z.object({
  iteration: z.number().int().min(0),
  startModelDir: z.string(),
  generate: z.object({ train: GenerateResult, test: GenerateResult }),
  gather: GatherResult,
  finetune: FinetuneResult.nullable(),
  evaluation: EvaluationResult.nullable(),
  decision: Decision,
  /** Working time of each stage over all attempts, interruptions included. */
  seconds: z.partialRecord(StageName, z.number()),
})
export type IterationOutcome = z.infer<typeof IterationOutcome>

export const LoopOutcome = z.object({
  runId: z.number().int(),
  projectDir: z.string(),
  trainPath: z.string(),
  testPath: z.string(),
  base: z.object({
    modelDir: z.string(),
    modelSha256: z.string(),
    evaluation: EvaluationResult,
    seconds: z.number(),
  }),
  iterations: z.array(IterationOutcome),
  /** Plain SFT for as many steps; null = not asked for. */
  sft: z
    .object({
      modelDir: z.string(),
      modelSha256: z.string(),
      finetune: FinetuneResult,
      evaluation: EvaluationResult,
      seconds: z.object({ finetune: z.number(), evaluate: z.number() }),
    })
    .nullable()
    .default(null),
  best: Candidate,
  /** Why the loop ended, in words. */
  reason: z.string(),
})
export type LoopOutcome = z.infer<typeof LoopOutcome>

type StreamEvent = { [N in keyof EngineContract['streams']]: z.output<EngineContract['streams'][N]['event']> }
/** What the loop tells whoever watches it. */
export type LoopEvent =
  | { kind: 'run'; runId: number; state: RunState }
  /** `seconds`: working time so far, over all attempts. */
  | {
      kind: 'stage'
      iteration: number
      stage: StageName
      state: 'started' | 'skipped' | 'done' | 'stopped' | 'failed'
      seconds: number
    }
  | { kind: 'engine'; iteration: number; stage: StageName; event: StreamEvent[keyof StreamEvent] }
  | { kind: 'decision'; iteration: number; decision: Decision }
  | { kind: 'notice'; level: 'info' | 'warning'; message: string }

/** project.json: enough to know the project again without the run database. Paths inside the folder are written `project:/…`. */
export const ProjectDocument = z.object({
  version: z.literal(1),
  id: z.string(),
  name: z.string(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  setup: LoopSetup,
  model: z.object({ sha256: z.string(), parameters: z.number().int() }),
  /** Of the reformatted rows; null = not reformatted yet. */
  dataSha256: z.string().nullable(),
  /** Pauses and failures are the run database's to tell: nothing is written here when a process is killed. */
  state: z.enum(['started', 'finished']),
  candidates: z.array(Candidate),
  best: Candidate.nullable(), // null = not decided yet
  reason: z.string().nullable(),
})
export type ProjectDocument = z.infer<typeof ProjectDocument>
