import { z } from 'zod'
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
})
export type LiveProgress = z.infer<typeof LiveProgress>

export const StageSummary = z.object({
  iteration: z.number().int(),
  name: z.enum(stageNames),
  state: z.enum(['pending', 'running', 'done', 'failed']),
  seconds: z.number(),
})
export type StageSummary = z.infer<typeof StageSummary>

export const RunEvent = z.object({
  id: z.number().int(),
  at: z.number(),
  level: z.enum(['info', 'warning', 'error']),
  message: z.string(),
})
export type RunEvent = z.infer<typeof RunEvent>

/** Columns, so that a chart takes them as they are. All of one length. */
export const StepColumns = z.object({
  iteration: z.number().int(),
  step: z.instanceof(Float32Array),
  loss: z.instanceof(Float32Array), // the SPIN term alone
  rewardReal: z.instanceof(Float32Array),
  rewardGenerated: z.instanceof(Float32Array),
  accuracy: z.instanceof(Float32Array),
})
export type StepColumns = z.infer<typeof StepColumns>

/** The whole small state of a run, and the steps that no earlier event of this stream carried. */
export const RunView = z.object({
  run: RunSummary,
  stages: z.array(StageSummary),
  progress: LiveProgress.nullable(),
  lastStep: z
    .object({
      iteration: z.number().int(),
      step: z.number().int(),
      totalSteps: z.number().int(),
      loss: z.number(),
      margin: z.number(),
      accuracy: z.number(),
      gradNorm: z.number(),
      lr: z.number(),
      tokensPerSecond: z.number(),
      epoch: z.number(),
    })
    .nullable(),
  steps: z.array(StepColumns),
  events: z.array(RunEvent), // the newest 50, newest first
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
  /** Set while a start is on its way and has no run yet. */
  starting: z.boolean(),
  /** Why the last start ended before it became a run. */
  startProblem: z.string().nullable(),
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
  },
  streams: {
    /** Now, and again whenever it changed, at most twice a second. */
    home: { input: Nothing, event: HomeView },
    run: { input: RunRequest, event: RunView },
  },
} as const
