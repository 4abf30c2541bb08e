import { z } from 'zod'
import { FinishReason, Message } from './chat.ts'

/** What the engine can say of single pairs: which there are, their texts, and what two models think of each token. */

/** A line of `pair-scores.jsonl`, which evaluation leaves beside the answers: one held-out pair, policy against opponent. */
export const PairScore = z.object({
  id: z.string(),
  /** β·(policy − opponent) log-prob, nats. */
  realReward: z.number(),
  generatedReward: z.number(),
  margin: z.number(), // realReward − generatedReward
  realTokens: z.number().int(), // of the answer, its EOS included
  generatedTokens: z.number().int(),
})
export type PairScore = z.infer<typeof PairScore>
export const pairScoresName = 'pair-scores.jsonl'

/** One set of samples: the files of one iteration and split. */
export const SampleFiles = z.object({
  /** `train_prefs-…` or `test_prefs-…`, of our gather stage. */
  pairsPath: z.string(),
  /**
   * The new model's answers, by id: an evaluation's `answers.jsonl` (the greedy ones), or the Parquet pairs of the iteration
   * that has this model as its opponent. null = there are none.
   */
  answersPath: z.string().nullable(),
  /** `pair-scores.jsonl`; null = margins are not known. */
  scoresPath: z.string().nullable(),
})
export type SampleFiles = z.infer<typeof SampleFiles>

/** wins, loses: the margin's sign; equal: generated = real but for blanks at the ends; capped: cut at max_new_tokens. */
export const sampleFilters = ['all', 'wins', 'loses', 'equal', 'capped', 'flagged'] as const
export const SampleFilter = z.enum(sampleFilters)
export type SampleFilter = z.infer<typeof SampleFilter>

/** By margin (pairs without one last), by the longer answer's characters, or as the file has them. */
export const sampleSorts = ['largest-margin', 'smallest-margin', 'longest', 'shortest', 'file'] as const
export const SampleSort = z.enum(sampleSorts)
export type SampleSort = z.infer<typeof SampleSort>

export const SampleQuery = z.object({
  filter: SampleFilter.default('all'),
  /** Found in any message of the prompt or any answer, whatever the case; empty = everything. */
  search: z.string().max(1000).default(''),
  sort: SampleSort.default('largest-margin'),
})
export type SampleQuery = z.infer<typeof SampleQuery>

export const SampleOrderRequest = SampleFiles.extend(SampleQuery.shape).extend({
  /** Ids that `flagged` means. */
  flagged: z.array(z.string()).default([]),
})
export type SampleOrderRequest = z.input<typeof SampleOrderRequest>

/** Columns of one length: a row's number in its file (from 0), what it is sorted by. */
export const SampleOrder = z.object({
  rows: z.instanceof(Uint32Array),
  margins: z.instanceof(Float32Array), // NaN = not known
  lengths: z.instanceof(Uint32Array), // characters of the longer answer
  /** How many rows each filter leaves under this search. */
  counts: z.record(SampleFilter, z.number().int()),
  /** Rows of the file. */
  total: z.number().int(),
})
export type SampleOrder = z.infer<typeof SampleOrder>

export const maxSampleRows = 200
const rowNumbers = z.array(z.number().int().min(0)).max(maxSampleRows)
export const SampleRowsRequest = SampleFiles.extend({ rows: rowNumbers })
export type SampleRowsRequest = z.input<typeof SampleRowsRequest>

/** What a list shows of a row. */
export const SampleLine = z.object({
  row: z.number().int(),
  id: z.string(),
  /** The start of the last user message, on one line. */
  line: z.string(),
})
export type SampleLine = z.infer<typeof SampleLine>

export const SampleRow = z.object({
  row: z.number().int(),
  id: z.string(),
  prompt: z.array(Message),
  real: z.string(),
  generated: z.string(),
  generatedFinish: FinishReason,
  /** The new model's greedy answer (held-out rows), or its sampled one (training rows); null = it has not answered this prompt. */
  answer: z.string().nullable(),
  answerFinish: FinishReason,
  /** Of the evaluation; null = not known. */
  score: PairScore.nullable(),
})
export type SampleRow = z.infer<typeof SampleRow>

export const TokenScoresRequest = z.object({
  modelDir: z.string(),
  opponentDir: z.string(),
  promptFormat: z.enum(['chat', 'official']).default('chat'),
  prompt: z.array(Message).min(1),
  answers: z.array(z.object({ text: z.string(), finish: FinishReason })).max(16),
  /** The evaluation whose frequencies are taken, for models that choose theirs by length; no other model reads its data. */
  evaluated: z.object({
    dataPath: z.string(),
    limit: z.number().int().min(0),
    maxNewTokens: z.number().int(),
  }),
})
export type TokenScoresRequest = z.input<typeof TokenScoresRequest>

/** One answer as both models see it; N tokens. */
export const TokenScores = z.object({
  /** Texts that join to the answer; '' where a character ends in a later token. A special token is written as itself. */
  texts: z.array(z.string()), // [N]
  policy: z.instanceof(Float32Array), // [N] log-probs, nats
  opponent: z.instanceof(Float32Array), // [N]
  /** Whether the last token ends the answer (EOS). */
  ended: z.boolean(),
})
export type TokenScores = z.infer<typeof TokenScores>

export const samplesEngineCalls = {
  /** Which rows there are, in order. The first question about a set reads its files; later ones take milliseconds. */
  sampleOrder: { input: SampleOrderRequest, output: SampleOrder },
  /** In the order of `rows`. */
  sampleLines: { input: SampleRowsRequest, output: z.object({ lines: z.array(SampleLine) }) },
  sampleRows: { input: SampleRowsRequest, output: z.object({ rows: z.array(SampleRow) }) },
  /** A job. Both models stay loaded for the next call, for a while. */
  tokenScores: {
    input: TokenScoresRequest,
    output: z.object({ promptTokens: z.number().int(), answers: z.array(TokenScores) }),
  },
} as const
