import type { BenchmarkProfile } from '../../../contract/benchmarks.ts'

/**
 * What a benchmark task is to the runner: a list of questions, each with the texts that a model is asked for, and a rule that
 * turns the model's numbers into metrics. A task is declared as data (`tasks/<name>.ts`, or a person's YAML); the runner
 * knows no task by name.
 */

/**
 * A choice to be scored: log-prob of `continuation` after `context`, both as text, as the harness makes tokens of them
 * (TemplateLM._encode_pair). The context's trailing blanks (of `str.isspace`) move to the continuation; the continuation's
 * tokens are `enc(context + continuation)` behind the first `enc(context).length`. `enc` by profile:
 * - `harness-0.4.0`: without special tokens, ever. An empty context is the EOS token.
 * - `harness-current`: with those that the tokenizer itself adds (a BOS, where tokenizer.json's post-processor says so),
 *   unless the text begins with the BOS token's text (EOS's in a tokenizer without BOS). An empty context is that token,
 *   and the continuation is encoded without special tokens; where its first token is that token, it is the context.
 * Too long: the last `maxLength + 1` tokens of both stay, the very last is only predicted.
 */
export interface ChoiceRequest {
  context: string
  continuation: string
}

/** Greedy; the context's last `maxLength − maxNewTokens` tokens stay, encoded as above. */
export interface GenerationRequest {
  context: string
  /**
   * The response is cut before each of them in their order. The EOS token ends it too; special tokens are not part of
   * the text (0.4.0 decodes them: its responses end in EOS's text, which no filter reads).
   */
  stops: readonly string[]
  maxNewTokens: number
}

/** One question with its shots, in the order of the dataset. */
export interface TaskQuestion {
  /** The subject where the task has subjects (`mmlu_anatomy`), else the task. */
  task: string
  index: number
  /** The question alone, for people and for the contamination check. */
  text: string
  choices: readonly string[]
  gold: readonly number[]
  target: string
  requests: readonly ChoiceRequest[] | GenerationRequest
}

/** What the model said: of the choices in their order, or as text. */
export interface ModelAnswer {
  logLikelihoods: readonly number[]
  greedy: readonly boolean[]
  response: string | null
}

export interface QuestionScore {
  /** "metric,filter" → 0–1. */
  metrics: Record<string, number>
  /** filter → what was read out of the response. */
  extracted: Record<string, string>
}

/** A subject or the whole task: the questions of one dataset, and how their metrics become numbers. */
export interface BenchmarkTask {
  name: string
  /** "metric,filter" that tables show and averages take. A task's scores are benchmarkScores(). */
  primary: string
  /** Groups from the innermost to the task that was asked for (`mmlu_stem`, `mmlu`); empty for a task without subjects. */
  partOf: readonly string[]
  questions: readonly TaskQuestion[]
  /** Of the sha256 of each table that was read: questions, then shots. */
  dataSha256: string
  score(question: TaskQuestion, answer: ModelAnswer): QuestionScore
}

export interface LoadOptions {
  dataDir: string
  profile: BenchmarkProfile
  /** Renders a chat, with the opening of the assistant's turn, as the model's template says; null = plain text. */
  chat: ((messages: readonly { role: 'system' | 'user' | 'assistant'; content: string }[]) => string) | null
  /** Shots are drawn for all questions in order; questions beyond the limit are not made. */
  limit: number | null
  /** YAML files of a person's own tasks. */
  taskFiles: readonly string[]
  /** What a person should know before comparing scores: rows that are not the published ones. */
  warn(message: string): void
}
