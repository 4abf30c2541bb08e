import { z } from 'zod'
import { JudgedModelId, QuestionId } from './judging.ts'

/** The judge: who is asked, what it said, and what follows from that. */

/** `pairwise`: which of two answers is better, asked in both orders. `single`: a grade from 1 to 10. */
export const JudgeMode = z.enum(['pairwise', 'single'])
export type JudgeMode = z.infer<typeof JudgeMode>

/** Dollars, euros or whatever the person pays in, a million tokens. */
export const JudgePrices = z.object({
  inputPerMillion: z.number().min(0).max(1e6),
  outputPerMillion: z.number().min(0).max(1e6),
})
export type JudgePrices = z.infer<typeof JudgePrices>

/** What a request says beside its prompt, here and in a batch. */
export const JudgeRequest = z.object({
  model: z.string().min(1).max(200),
  /** null = not sent: some models take none. */
  temperature: z.number().min(0).max(2).nullable().default(0),
  /** Longest reply, in tokens. */
  maxTokens: z.number().int().min(16).max(1_000_000).default(1024),
  /** Newer models of OpenAI's know the second name alone. */
  tokenLimitField: z.enum(['max_tokens', 'max_completion_tokens']).default('max_tokens'),
})
export type JudgeRequest = z.output<typeof JudgeRequest>

/** An endpoint of OpenAI's chat-completions protocol. The key is no part of it: it is never written anywhere. */
export const JudgeEndpoint = JudgeRequest.extend({
  /** "https://api.openai.com/v1": what comes before `/chat/completions`. */
  baseUrl: z.string().min(1).max(2000),
  /** Requests in flight at once. */
  concurrency: z.number().int().min(1).max(64).default(4),
  /** Of one request, its reply included. */
  timeoutSeconds: z.number().gt(0).max(3600).default(120),
  /** Tries of one request, the first included, before judging stops. */
  attempts: z.number().int().min(1).max(20).default(6),
  /** Wait before the second try; doubled before each further one. A Retry-After of the endpoint wins. */
  backoffSeconds: z.number().gt(0).max(60).default(1),
})
export type JudgeEndpoint = z.output<typeof JudgeEndpoint>

/** Whose answers are judged, and how. */
export const JudgeTask = z.object({
  mode: JudgeMode,
  models: z.array(JudgedModelId).min(1).max(100),
  /** Pairwise: the model that each of `models` is compared with. */
  baseline: JudgedModelId.nullable().default(null),
  /** The first so many questions of each category; null = all. */
  limit: z.number().int().min(1).nullable().default(null),
})
export type JudgeTask = z.output<typeof JudgeTask>

/** A line of the journal: one reply of the judge, with what it was asked about. Texts of the judge hold no key. */
export const Verdict = z.object({
  /** Hash of the judge's name and the whole prompt. */
  id: z.string(),
  question_id: QuestionId,
  category: z.string(),
  /** 1 or 2, as FastChat counts. */
  turn: z.number().int().min(1).max(2),
  mode: JudgeMode,
  model_1: JudgedModelId,
  /** The baseline of a pair. */
  model_2: JudgedModelId.nullable(),
  /** Whether the baseline's answer was shown first. */
  swapped: z.boolean(),
  judge: z.string(),
  /** Of a pair; null = no verdict could be read. */
  winner: z.enum(['model_1', 'model_2', 'tie']).nullable(),
  /** 1–10; null = no rating could be read. */
  score: z.number().nullable(),
  reply: z.string(),
  /** Why the judge ended: "stop", "length", …; null where it did not say. */
  finish: z.string().nullable(),
  promptTokens: z.number().nullable(),
  completionTokens: z.number().nullable(),
  at: z.number(),
})
export type Verdict = z.infer<typeof Verdict>

/** What judging costs, before it begins. */
export const JudgeCost = z.object({
  /** Replies that are needed, and those already there or needless because two answers are the same. */
  requests: z.number().int(),
  known: z.number().int(),
  identical: z.number().int(),
  /** Estimates: the tokenizer of the judge is not known. */
  promptTokens: z.number(),
  replyTokens: z.number(),
  /** If every reply is as long as it may be. */
  replyTokensAtMost: z.number(),
  /** In the currency of the prices; null without prices. */
  price: z.number().nullable(),
  priceAtMost: z.number().nullable(),
})
export type JudgeCost = z.infer<typeof JudgeCost>

const Interval = z.object({ low: z.number(), high: z.number() })
const Counts = z.object({ wins: z.number().int(), ties: z.number().int(), losses: z.number().int() })

/** A model against the baseline, from verdicts in both orders. */
export const PairSummary = Counts.extend({
  model: JudgedModelId,
  baseline: JudgedModelId,
  questions: z.number().int(),
  /** (wins + ties / 2) / judged turns, 0–1. */
  winRate: z.number().nullable(),
  /** Wilson, 95 %, with questions as observations: the two turns of one are not independent. */
  interval: Interval.nullable(),
  /** Share of turns on which both orders gave the same verdict. */
  agreement: z.number().nullable(),
  /** Share of decided replies that named the answer shown first; 0.5 = no bias. */
  firstShare: z.number().nullable(),
  /** Turns whose two answers are the same text: ties that nobody was asked about. */
  identical: z.number().int(),
  /** Turns without a readable verdict in both orders: in no count. */
  unreadable: z.number().int(),
  byCategory: z.array(Counts.extend({ category: z.string() })),
  byTurn: z.array(Counts.extend({ turn: z.number().int() })),
})
export type PairSummary = z.infer<typeof PairSummary>

const Mean = z.object({ mean: z.number(), graded: z.number().int() })

export const GradeSummary = z.object({
  model: JudgedModelId,
  /** Over all graded turns, as MT-Bench's score. */
  mean: z.number().nullable(),
  /** Of the mean, over questions; null below two. */
  stderr: z.number().nullable(),
  graded: z.number().int(),
  unreadable: z.number().int(),
  byCategory: z.array(Mean.extend({ category: z.string() })),
  byTurn: z.array(Mean.extend({ turn: z.number().int() })),
})
export type GradeSummary = z.infer<typeof GradeSummary>

export const JudgeSummary = z.object({ pairs: z.array(PairSummary), grades: z.array(GradeSummary) })
export type JudgeSummary = z.infer<typeof JudgeSummary>
