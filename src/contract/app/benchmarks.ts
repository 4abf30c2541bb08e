import { z } from 'zod'
import {
  BenchmarkProfile,
  BenchmarkProvenance,
  BenchmarkQuestion,
  BenchmarkScore,
  BenchmarkSettings,
  BenchmarkTaskData,
} from '../benchmarks.ts'
import { BenchmarkCostResult, ContaminationResult, LogEvent, Progress } from '../engine.ts'
import { ScoreDifference } from './results.ts'

/** Benchmarks of a run's models: asked for, watched, tabled, compared, and looked into question by question. */

/** A model that can be measured: a run's base (−1), plain SFT (−2) or iteration. */
export const BenchmarkModel = z.object({ runId: z.number().int(), iteration: z.number().int().min(-2) })
export type BenchmarkModel = z.infer<typeof BenchmarkModel>

export const benchmarkStates = ['waiting', 'running', 'paused', 'failed', 'done'] as const

/** One model measured with one set of settings. */
export const BenchmarkEvaluation = z.object({
  id: z.number().int(),
  model: BenchmarkModel,
  /** "base", "plain SFT", "iteration 2" are the window's words; this is the folder. */
  modelDir: z.string(),
  settings: BenchmarkSettings,
  state: z.enum(benchmarkStates),
  /** Why it waits: a self-play run is at work, which it would slow down and take memory from, or another evaluation. */
  waitsFor: z.enum(['run', 'evaluation']).nullable(),
  /** It was asked for beside a run: it does not wait for one. */
  besideRun: z.boolean(),
  /** Of a failure: what was expected, found, and to do. */
  problem: z.string().nullable(),
  progress: Progress.nullable(),
  secondsLeft: z.number().nullable(),
  /** Of the tasks that are done. */
  scores: z.array(BenchmarkScore),
  /** Mean of the six primary scores; null unless all six are there. */
  average: z.number().nullable(),
  provenance: BenchmarkProvenance.nullable(),
  requestsPerSecond: z.number().nullable(),
  createdAt: z.number(),
  finishedAt: z.number().nullable(),
  seconds: z.number(),
})
export type BenchmarkEvaluation = z.infer<typeof BenchmarkEvaluation>

/** A row that somebody published, for the same settings. */
export const PublishedRow = z.object({
  label: z.string(), // "SPIN iteration 0"
  source: z.string(), // "SPIN paper, table 3"
  profile: BenchmarkProfile,
  /** By task, 0–100 as published. */
  scores: z.record(z.string(), z.number()),
  average: z.number(),
})
export type PublishedRow = z.infer<typeof PublishedRow>

export const BenchmarksView = z.object({
  runId: z.number().int(),
  /** In the order of the run: base, plain SFT, iterations. */
  models: z.array(z.object({ iteration: z.number().int(), dir: z.string(), exists: z.boolean() })),
  dataDir: z.string().nullable(),
  /** Newest first. */
  evaluations: z.array(BenchmarkEvaluation),
  /** The evaluation at work, of any run. */
  runningId: z.number().int().nullable(),
  published: z.array(PublishedRow),
  contamination: ContaminationResult.nullable(),
})
export type BenchmarksView = z.infer<typeof BenchmarksView>

/** A question of two evaluations, or of one (`other` null). */
export const QuestionPair = z.object({ question: BenchmarkQuestion, other: BenchmarkQuestion.nullable() })
export type QuestionPair = z.infer<typeof QuestionPair>

const Nothing = z.object({})
const Id = z.object({ id: z.number().int() })
const Path = z.string().min(1).max(4096)

export const benchmarksContract = {
  calls: {
    /** Which tasks the data folder holds. */
    benchmarkData: {
      input: z.object({ taskFiles: z.array(Path).max(100).default([]) }),
      output: z.object({ dataDir: z.string().nullable(), tasks: z.array(BenchmarkTaskData) }),
    },
    setBenchmarkDataDir: { input: z.object({ dir: Path }), output: Nothing },
    /**
     * One evaluation a model, behind those that wait; BAD_INPUT names a task without data. Asked for again with the same
     * settings it is the same one: what is done stays, what stopped goes on.
     */
    startBenchmarks: {
      input: z.object({
        models: z.array(BenchmarkModel).min(1).max(40),
        settings: BenchmarkSettings,
        /** Also while a self-play run is at work; otherwise it waits for the run's end. */
        besideRun: z.boolean().default(false),
      }),
      output: z.object({ ids: z.array(z.number().int()) }),
    },
    /** Stops after the question in flight; what was done is kept. */
    pauseBenchmark: { input: Id, output: Nothing },
    resumeBenchmark: { input: Id.extend({ besideRun: z.boolean().default(false) }), output: Nothing },
    /** Takes it out of the record and deletes its files. */
    removeBenchmark: { input: Id, output: Nothing },
    /** `b` − `a` in points, paired over the same questions (bootstrap, 95 %); by task and `average`. */
    compareBenchmarks: {
      input: z.object({ a: z.number().int(), b: z.number().int() }),
      output: z.object({ differences: z.array(z.object({ task: z.string(), difference: ScoreDifference })) }),
    },
    /** A page of questions. `changed` needs `otherId`: right in one and wrong in the other. */
    benchmarkQuestions: {
      input: z.object({
        id: z.number().int(),
        otherId: z.number().int().nullable().default(null),
        task: z.string(),
        show: z.enum(['all', 'right', 'wrong', 'changed', 'truncated']).default('all'),
        search: z.string().max(200).default(''),
        offset: z.number().int().min(0).default(0),
        limit: z.number().int().min(1).max(200).default(50),
      }),
      output: z.object({ total: z.number().int(), questions: z.array(QuestionPair) }),
    },
    /** The harness's results JSON of an evaluation. */
    benchmarkJson: { input: Id, output: z.object({ name: z.string(), json: z.string() }) },
  },
  streams: {
    watchBenchmarks: { input: z.object({ runId: z.number().int() }), event: BenchmarksView },
    /** Before anything starts: a short probe of the model on the tasks' own prompts. */
    benchmarkCost: {
      input: z.object({ model: BenchmarkModel, settings: BenchmarkSettings }),
      event: z.union([Progress, LogEvent, BenchmarkCostResult]),
    },
    /** Fetches what is missing from the hub, where there is a network. */
    fetchBenchmarkData: {
      input: z.object({ tasks: BenchmarkSettings.shape.tasks }),
      event: z.union([Progress, LogEvent, z.object({ kind: z.literal('done'), files: z.number().int() })]),
    },
    /** Training rows of the run against the tasks' questions; kept with the run. */
    checkContamination: {
      input: z.object({ runId: z.number().int(), tasks: BenchmarkSettings.shape.tasks }),
      event: z.union([Progress, LogEvent, ContaminationResult]),
    },
  },
} as const
