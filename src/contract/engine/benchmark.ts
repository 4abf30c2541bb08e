import { z } from 'zod'
import {
  BenchmarkCost,
  BenchmarkProvenance,
  BenchmarkScore,
  BenchmarkSettings,
  BenchmarkTaskData,
  ContaminationOfTask,
} from '../benchmarks.ts'
import { memoryAttempt } from './memory-attempt.ts'

/** Benchmarks as main asks the engine for them. */

/** Resumable to the question: asked again with the same request, what `<outDir>/<task>.jsonl` holds is not run again. */
export const BenchmarkRequest = z.object({
  modelDir: z.string(),
  /** A folder a dataset below it. */
  dataDir: z.string(),
  outDir: z.string(),
  settings: BenchmarkSettings,
  /** Token rows in one forward, at most; shortened when memory runs out. Scores do not depend on it. */
  batchTokens: z.number().int().min(64).max(1_048_576).default(4096),
  memoryAttempt,
})
export type BenchmarkRequest = z.input<typeof BenchmarkRequest>

export const BenchmarkTaskDone = z.object({
  kind: z.literal('task'),
  task: z.string(),
  scores: z.array(BenchmarkScore),
  /** `<outDir>/<task>.jsonl`, a BenchmarkQuestion a line in the order of the dataset. */
  questionsPath: z.string(),
})
export type BenchmarkTaskDone = z.infer<typeof BenchmarkTaskDone>

export const BenchmarkResult = z.object({
  kind: z.literal('done'),
  scores: z.array(BenchmarkScore),
  questions: z.number().int(),
  requests: z.number().int(),
  /** Of the questions that this call ran; null when all were there. */
  requestsPerSecond: z.number().nullable(),
  /** Questions whose prompt was cut to fit the model. */
  truncated: z.number().int(),
  provenance: BenchmarkProvenance,
  questionPaths: z.record(z.string(), z.string()), // by task
  seconds: z.number(),
})
export type BenchmarkResult = z.infer<typeof BenchmarkResult>

export const BenchmarkDataRequest = z.object({
  dataDir: z.string(),
  taskFiles: z.array(z.string()).default([]),
})

export const BenchmarkCostRequest = BenchmarkRequest.pick({ modelDir: true, dataDir: true, settings: true })
export type BenchmarkCostRequest = z.input<typeof BenchmarkCostRequest>

export const BenchmarkCostResult = z.object({
  kind: z.literal('done'),
  tasks: z.array(BenchmarkCost),
  seconds: z.number(),
  peakBytes: z.number().nullable(),
})
export type BenchmarkCostResult = z.infer<typeof BenchmarkCostResult>

export const ContaminationRequest = z.object({
  dataDir: z.string(),
  tasks: BenchmarkSettings.shape.tasks,
  taskFiles: z.array(z.string()).default([]),
  /** Reformatted training rows. */
  trainPath: z.string(),
  /** Words in a row, lower-cased and without punctuation, that make an overlap. */
  words: z.number().int().min(5).max(50).default(13),
})
export type ContaminationRequest = z.input<typeof ContaminationRequest>

export const ContaminationResult = z.object({
  kind: z.literal('done'),
  tasks: z.array(ContaminationOfTask),
  trainRows: z.number().int(),
  words: z.number().int(),
})
export type ContaminationResult = z.infer<typeof ContaminationResult>

export const BenchmarkDataResult = z.object({ tasks: z.array(BenchmarkTaskData) })
export type BenchmarkDataResult = z.infer<typeof BenchmarkDataResult>
