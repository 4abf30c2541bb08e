import { z } from 'zod'

/** Benchmarks: the public tasks that models are compared by. What main, engine and window all name. */

/** The six tasks of the Open LLM Leaderboard (v1), in the order of the SPIN paper's tables. */
export const leaderboardTasks = [
  'arc_challenge',
  'truthfulqa_mc2',
  'winogrande',
  'gsm8k',
  'hellaswag',
  'mmlu',
] as const
export type LeaderboardTask = (typeof leaderboardTasks)[number]

/**
 * Whose numbers are reproduced. `harness-0.4.0`: lm-evaluation-harness as the paper used it (Winogrande without its
 * shots, GSM8K's old stops). `harness-current`: 0.4.13, with real shots and GSM8K's two filters. Never on one chart.
 */
export const benchmarkProfiles = ['harness-0.4.0', 'harness-current'] as const
export const BenchmarkProfile = z.enum(benchmarkProfiles)
export type BenchmarkProfile = z.infer<typeof BenchmarkProfile>

/** A task's name as the harness writes it; a person's own task has the name of its YAML. */
export const BenchmarkTaskName = z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,79}$/i)

/** All that decides a score beside model and data; scores of different settings are never compared. */
export const BenchmarkSettings = z.object({
  tasks: z.array(BenchmarkTaskName).min(1).max(100),
  profile: BenchmarkProfile.default('harness-0.4.0'),
  /** Prompts as chats, by the model's template (`harness-current` alone knows it). */
  chatTemplate: z.boolean().default(false),
  /** The first so many questions of each task, of each subject where a task has subjects; null = all. */
  limit: z.number().int().min(1).nullable().default(null),
  /** YAML files of a person's own tasks, which `tasks` may then name. */
  taskFiles: z.array(z.string().min(1).max(4096)).max(100).default([]),
})
export type BenchmarkSettings = z.output<typeof BenchmarkSettings>

/** One number of a task. A task with subjects has its own (`mmlu`), its groups' (`mmlu_stem`) and its subjects'. */
export const BenchmarkScore = z.object({
  task: z.string(),
  /** The task or group that it is part of; null = a task that was asked for. */
  partOf: z.string().nullable(),
  metric: z.string(), // "acc", "acc_norm", "exact_match", "acc_macro"
  filter: z.string(), // "none", "get-answer", "strict-match", "flexible-extract"
  value: z.number(), // 0–1
  stderr: z.number().nullable(), // sample standard deviation / √n; null below two questions
  questions: z.number().int(),
  /** The one that tables show and averages take. */
  primary: z.boolean(),
})
export type BenchmarkScore = z.infer<typeof BenchmarkScore>

/** What the numbers came from. */
export const BenchmarkProvenance = z.object({
  modelSha256: z.string(),
  profile: BenchmarkProfile,
  chatTemplate: z.boolean(),
  limit: z.number().int().nullable(),
  /** By task: hash of its files' bytes in order. */
  dataSha256: z.record(z.string(), z.string()),
  /** engine, onnxruntime, node. */
  versions: z.record(z.string(), z.string()),
})
export type BenchmarkProvenance = z.infer<typeof BenchmarkProvenance>

/** A line of `<outDir>/<task>.jsonl`: what became of one question. */
export const BenchmarkQuestion = z.object({
  task: z.string(), // the subject where the task has subjects
  index: z.number().int(), // in the order of the dataset, from 0
  question: z.string(), // alone, without its shots
  choices: z.array(z.string()), // empty for a generated answer
  /** Indices of the right choices (several in TruthfulQA); empty for a generated answer. */
  gold: z.array(z.number().int()),
  /** The right answer as text. */
  target: z.string(),
  /** Nats, summed over the choice's tokens, in the order of `choices`. */
  logLikelihoods: z.array(z.number()),
  /** Whether each token of the choice was the most probable one. */
  greedy: z.array(z.boolean()),
  /** What the model generated, cut at the stops; null where choices were scored. */
  response: z.string().nullable(),
  /** By filter: what was read out of the response. */
  extracted: z.record(z.string(), z.string()),
  /** "metric,filter" → 0–1. */
  metrics: z.record(z.string(), z.number()),
  /** Tokens of the prompt, and whether it was cut from the left to fit the model. */
  promptTokens: z.number().int(),
  truncated: z.boolean(),
})
export type BenchmarkQuestion = z.infer<typeof BenchmarkQuestion>

/** Whether a folder holds what a task reads. */
export const BenchmarkTaskData = z.object({
  task: z.string(),
  title: z.string(), // "ARC-Challenge"
  /** A person's own YAML. */
  own: z.boolean(),
  kind: z.enum(['choice', 'generation']),
  /** "25-shot, acc_norm" of each profile. */
  shots: z.record(z.string(), z.number().int()),
  metric: z.string(),
  /** `wrong`: files are there, but not the rows that the published task has; scores would not be comparable. */
  state: z.enum(['ready', 'wrong', 'missing']),
  questions: z.number().int().nullable(),
  expectedQuestions: z.number().int().nullable(),
  files: z.array(z.string()),
  /** The dataset's name on its hub, and the folder below the data folder where its files are looked for. */
  dataset: z.string(),
  folder: z.string(),
  /** What is missing or wrong, and what to do. */
  problem: z.string().nullable(),
})
export type BenchmarkTaskData = z.infer<typeof BenchmarkTaskData>

/** What a task will cost, before it runs. */
export const BenchmarkCost = z.object({
  task: z.string(),
  questions: z.number().int(),
  /** What the harness would run one by one. */
  requests: z.number().int(),
  /** Tokens computed with prompts shared between choices, and without. */
  tokens: z.number(),
  tokensUnshared: z.number(),
  generatedTokensAtMost: z.number(),
  seconds: z.number(),
})
export type BenchmarkCost = z.infer<typeof BenchmarkCost>

/** Overlap of training prompts and answers with a task's questions. */
export const ContaminationOfTask = z.object({
  task: z.string(),
  questions: z.number().int(),
  /** Questions that share an n-gram of words with a training row. */
  overlapping: z.number().int(),
  examples: z.array(
    z.object({ index: z.number().int(), question: z.string(), shared: z.string(), row: z.string() }),
  ),
})
export type ContaminationOfTask = z.infer<typeof ContaminationOfTask>
