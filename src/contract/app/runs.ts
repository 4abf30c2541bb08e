import { z } from 'zod'
import { DeviceShare } from '../engine.ts'
import { stageNames } from '../loop.ts'
import { RunState } from '../project.ts'

/** Runs of the loop as the window shows them, and what it may do with them. */

/** One score of a run: the base (iteration −1) or an iteration. `value` 0–1; `nll` in nats a token, lower is better. */
export const IterationScore = z.object({
  iteration: z.number().int(),
  greedy: z.number(),
  sampled: z.number().nullable(),
  nll: z.number(),
  rewardAccuracy: z.number().nullable(),
  margin: z.number().nullable(),
  /** Monte-Carlo KL to the opponent, nats an answer. */
  kl: z.number().nullable(),
  meanTokens: z.number(),
})
export type IterationScore = z.infer<typeof IterationScore>

export const RunSummary = z.object({
  id: z.number().int(),
  projectId: z.string(),
  project: z.string(),
  projectDir: z.string(),
  model: z.string(), // the folder's name
  dataset: z.string(),
  trainRows: z.number().int().nullable(),
  state: RunState,
  /** Whether this program is running it now; a run that another program was killed in says `running` and is not live. */
  live: z.boolean(),
  plannedIterations: z.number().int(),
  /** Which score the stop rule compares. */
  score: z.enum(['sampled', 'greedy', 'nll']),
  scores: z.array(IterationScore),
  /** Plain SFT for as many steps, where the plan compares with it. */
  sft: IterationScore.nullable(),
  /** −1 = the base; null = not decided. */
  best: z.number().int().nullable(),
  reason: z.string().nullable(),
  errorCode: z.string().nullable(),
  error: z.string().nullable(),
  createdAt: z.number(),
  startedAt: z.number().nullable(),
  finishedAt: z.number().nullable(),
})
export type RunSummary = z.infer<typeof RunSummary>

/** Where the running stage stands. */
export const LiveProgress = z.object({
  iteration: z.number().int(),
  stage: z.enum(stageNames),
  what: z.string(), // "Answering prompts"
  done: z.number(),
  total: z.number(),
  unit: z.string(),
  rate: z.number().nullable(), // units per second
  tokensPerSecond: z.number().nullable(),
  /** Where several engines share the work: each one's part. */
  devices: z.array(DeviceShare).optional(),
})
export type LiveProgress = z.infer<typeof LiveProgress>

export const StageSummary = z.object({
  iteration: z.number().int(),
  name: z.enum(stageNames),
  state: z.enum(['pending', 'running', 'done', 'failed']),
  seconds: z.number(), // worked so far, over all attempts
})
export type StageSummary = z.infer<typeof StageSummary>

/** A stage of the plan, begun or not. Iteration −1 is the base, −2 plain SFT. */
export const PlannedStage = StageSummary.extend({
  /** What the whole stage is expected to take; of a finished one, what it took. null = not known yet. */
  expectedSeconds: z.number().nullable(),
  /** 0 for a finished stage. */
  secondsLeft: z.number().nullable(),
  /** 0–1; null where it cannot be told. */
  share: z.number().nullable(),
})
export type PlannedStage = z.infer<typeof PlannedStage>

/** The loop's end, as far as it can be told. */
export const RunEstimate = z.object({
  workedSeconds: z.number(), // of all stages, interruptions not counted
  /** null until every planned stage can be told from what was measured. */
  secondsLeft: z.number().nullable(),
  /** Rounded to the minute; null where nothing runs. */
  doneAt: z.number().nullable(),
  /** Of the running stage, 0–1. */
  stageShare: z.number().nullable(),
})
export type RunEstimate = z.infer<typeof RunEstimate>

export const FractionCell = z.object({
  index: z.number().int(),
  rows: z.number().int(),
  capped: z.number().int(), // cut at the limit of new tokens
  empty: z.number().int(),
  generatedTokens: z.number(),
  /** The engine had to be started again while this one was made. */
  retried: z.boolean(),
})
export type FractionCell = z.infer<typeof FractionCell>

/** One split's answers of an iteration: what is saved, and how much is planned. */
export const FractionGroup = z.object({
  iteration: z.number().int(),
  split: z.enum(['train', 'test']),
  /** Fractions and rows in all; null before the rows are counted. */
  planned: z.number().int().nullable(),
  rows: z.number().int().nullable(),
  saved: z.array(FractionCell),
})
export type FractionGroup = z.infer<typeof FractionGroup>

/** What the page says of the plan. One entry an iteration. */
export const RunPlan = z.object({
  fracLen: z.number().int(),
  compareSft: z.boolean(),
  evaluationTemperature: z.number(),
  samplesPerPrompt: z.number().int(),
  iterations: z.array(
    z.object({
      temperature: z.number(),
      beta: z.number(),
      lr: z.number(),
      epochs: z.number(),
      checkpointEverySteps: z.number().int(),
    }),
  ),
})
export type RunPlan = z.infer<typeof RunPlan>

/** Tokens a second while this program runs the loop, the last 90 minutes at most. */
export const Throughput = z.object({
  fromAt: z.number(),
  bucketSeconds: z.number(),
  /** Means over the buckets in order; null = nothing that has a token rate. */
  values: z.array(z.number().nullable()),
})
export type Throughput = z.infer<typeof Throughput>

export const RunEvent = z.object({
  id: z.number().int(),
  at: z.number(),
  level: z.enum(['info', 'warning', 'error']),
  message: z.string(),
  /** Something was checked or won: shown with a check. */
  good: z.boolean(),
})
export type RunEvent = z.infer<typeof RunEvent>

/** Columns, so that a chart takes them as they are. All of one length; NaN where nothing was measured. */
export const StepColumns = z.object({
  iteration: z.number().int(),
  totalSteps: z.number().int(),
  step: z.instanceof(Float32Array),
  /** Working time of training since its step 0, in seconds. */
  seconds: z.instanceof(Float32Array),
  loss: z.instanceof(Float32Array), // the SPIN term alone
  nll: z.instanceof(Float32Array), // of the human answers, nats a token
  rewardReal: z.instanceof(Float32Array),
  rewardGenerated: z.instanceof(Float32Array),
  margin: z.instanceof(Float32Array),
  accuracy: z.instanceof(Float32Array),
  gradNorm: z.instanceof(Float32Array),
  lr: z.instanceof(Float32Array),
  tokensPerSecond: z.instanceof(Float32Array),
  entropy: z.instanceof(Float32Array), // nats a token
  kl: z.instanceof(Float32Array), // nats an answer
})
export type StepColumns = z.infer<typeof StepColumns>

/** The whole small state of a run, and one page of steps that no earlier event of this stream carried. */
export const RunView = z.object({
  run: RunSummary,
  plan: RunPlan,
  stages: z.array(PlannedStage), // in the order of the loop
  estimate: RunEstimate,
  /** −1 = the base; null before the first decision. */
  bestSoFar: z.number().int().nullable(),
  progress: LiveProgress.nullable(),
  /** A stop was asked for, and what is in flight is being finished. */
  pausing: z.boolean(),
  fractions: z.array(FractionGroup),
  throughput: Throughput.nullable(),
  /** The newest step of the run, live or recorded. */
  lastStep: z
    .object({
      iteration: z.number().int(),
      step: z.number().int(),
      totalSteps: z.number().int(),
      loss: z.number(),
      margin: z.number(),
      accuracy: z.number(),
      gradNorm: z.number(),
      /** In f16: what the loss was multiplied by, and how many steps overflowed so far. */
      lossScale: z.number().nullish(),
      skippedSteps: z.number().int().nullish(),
      lr: z.number(),
      tokensPerSecond: z.number(),
      epoch: z.number(),
    })
    .nullable(),
  steps: z.array(StepColumns), // one page at most: 2,000 rows of one iteration
  /** Whether more pages of recorded steps are on their way. */
  moreSteps: z.boolean(),
  events: z.array(RunEvent), // the newest 50, newest first
  eventCounts: z.object({ warnings: z.number().int(), errors: z.number().int() }),
})
export type RunView = z.infer<typeof RunView>

export const StarterCard = z.object({
  available: z.boolean(),
  /** Why not, and what to do. */
  problem: z.string().nullable(),
  parameters: z.number().int().nullable(),
  modelBytes: z.number().nullable(),
  trainRows: z.number().int().nullable(),
  iterations: z.number().int(),
})
export type StarterCard = z.infer<typeof StarterCard>

/** A project in lists: what it is made of, and how far it has come. */
export const ProjectSummary = z.object({
  id: z.string(),
  name: z.string(),
  dir: z.string(),
  updatedAt: z.number(),
  /** Names of the model's folder and of the dataset's files; null = not chosen. */
  model: z.string().nullable(),
  dataset: z.string().nullable(),
  /** Train rows, where they are known. */
  rows: z.number().int().nullable(),
  /** The step that is next. */
  step: z.enum(['model', 'dataset', 'plan', 'run', 'results']),
  run: z.number().int().nullable(),
})
export type ProjectSummary = z.infer<typeof ProjectSummary>

export const HomeView = z.object({
  projects: z.array(ProjectSummary), // last changed first
  runs: z.array(RunSummary), // newest first
  /** The run that this program is working on. */
  liveRun: z.number().int().nullable(),
  progress: LiveProgress.nullable(),
  /** Of the live run. */
  estimate: RunEstimate.nullable(),
  pausing: z.boolean(),
  /** Set while a start is on its way and has no run yet. */
  starting: z.boolean(),
  /** Why the last start ended before it became a run. */
  startProblem: z.string().nullable(),
  /** The evaluation by benchmarks that is at work, beside a run or alone. */
  evaluation: z
    .object({
      projectId: z.string(),
      iteration: z.number().int(),
      /** Of the part that its progress counts, 0–1; null until it says so. */
      share: z.number().nullable(),
      secondsLeft: z.number().nullable(),
    })
    .nullable(),
  /** The judging at work; one that waits for its turn is not. */
  judging: z
    .object({
      projectId: z.string(),
      /** Of the model that answers; null while the judge is asked. */
      iteration: z.number().int().nullable(),
      /** Of this model's answers, or of all verdicts, 0–1; null until it is known. */
      share: z.number().nullable(),
      secondsLeft: z.number().nullable(),
    })
    .nullable(),
})
export type HomeView = z.infer<typeof HomeView>

const RunRequest = z.object({ runId: z.number().int() })
const Nothing = z.object({})

export const runsContract = {
  calls: {
    starter: { input: Nothing, output: StarterCard },
    /** Makes a project of the starter and starts its run. Answers at once; the run appears in `home`. BUSY while one runs. */
    startStarter: {
      input: z.object({
        iterations: z.number().int().min(1).max(8).default(2),
        seed: z.number().int().default(42),
      }),
      output: z.object({ projectId: z.string() }),
    },
    /** Goes on with a paused, failed or killed run. BUSY while one runs. */
    resumeRun: { input: RunRequest, output: Nothing },
    /** Ends the live run after what is in flight; it can be gone on with. Answers when it has ended. */
    stopRun: { input: RunRequest, output: Nothing },
    /**
     * Ends the run and marks it as cancelled. Nothing is deleted: it can still be gone on with (resumeRun) or deleted with its
     * project. BAD_INPUT for a finished run, BUSY for one that another program is at.
     */
    cancelRun: { input: RunRequest, output: Nothing },
    /** Newest first, older than `beforeId`. */
    runEvents: {
      input: RunRequest.extend({
        beforeId: z.number().int().nullable().default(null),
        limit: z.number().int().min(1).max(200).default(50),
        warningsOnly: z.boolean().default(false),
      }),
      output: z.object({ events: z.array(RunEvent), more: z.boolean() }),
    },
  },
  streams: {
    /** Now, and again whenever it changed, at most twice a second. */
    home: { input: Nothing, event: HomeView },
    /** `steps: false` leaves the training steps out, for those who draw no curves. */
    run: { input: RunRequest.extend({ steps: z.boolean().default(true) }), event: RunView },
  },
} as const
