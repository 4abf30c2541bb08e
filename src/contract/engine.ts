import { z } from 'zod'
import { ChatBegin, ChatDefaults, ChatDone, ChatRequest, ChatText } from './chat-stream.ts'
import { ColumnMapping, datasetFormats, DroppedRow, dropReasons } from './dataset-format.ts'
import {
  DatasetInspection,
  DatasetLengths,
  DatasetRowRequest,
  DatasetRowView,
  InspectDatasetRequest,
  MeasureDatasetRequest,
} from './dataset-inspection.ts'
import { FinishReason } from './chat.ts'
import { ForecastRequest, ForecastResult } from './forecast.ts'
import { ModelLineage } from './lineage.ts'
import { RowFacts, RowFactsRequest } from './row-facts.ts'
import { samplesEngineCalls } from './samples-engine.ts'
import {
  AdapterSettings,
  EvaluationSettings,
  GateSettings,
  GenerationSettings,
  TrainingSettings,
} from './settings.ts'

/**
 * The engine's contract: what main may ask of the device process. Each stage is idempotent: called again with the
 * same request after any interruption it continues from what is on disk and ends with the same bytes.
 * Streams end with one `done` event that carries the stage's result.
 */

export const Progress = z.object({
  kind: z.literal('progress'),
  stage: z.string(), // what is being done, in words a person understands: "Answering prompts"
  done: z.number(),
  total: z.number(),
  unit: z.string(), // "rows", "steps", …
  /** Units per second over the recent past; null while measuring. */
  rate: z.number().nullable(),
  /** Generated or trained tokens per second, where it has a meaning. */
  tokensPerSecond: z.number().nullable().default(null),
})
export type Progress = z.infer<typeof Progress>

export const LogEvent = z.object({
  kind: z.literal('log'),
  level: z.enum(['info', 'warning']),
  message: z.string(),
  /** Said by main: the engine ended, and what it was doing is asked for again. */
  again: z.literal(true).optional(),
})
export type LogEvent = z.infer<typeof LogEvent>

// ── import ────────────────────────────────────────────────────────────────────────────────────────────────────
export { ColumnMapping, datasetFormats, DroppedRow, dropReasons }

export const ImportRequest = z.object({
  /** Files or folders: .parquet .json .jsonl .csv. */
  sources: z.array(z.string()).min(1),
  outDir: z.string(),
  /** File names written in outDir; the terminal uses the official `train_prefs-…` names. */
  trainName: z.string().default('train.parquet'),
  testName: z.string().default('test.parquet'),
  mapping: ColumnMapping.nullable().default(null), // null = detect
  /** Share of rows held out when the source has no split of its own; rows are chosen by hash of id and seed. */
  testShare: z.number().min(0).max(0.9).default(0.1),
  seed: z.number().int().default(42),
  /** Keeps at most so many train rows (0 = all), the first by hash order. */
  limit: z.number().int().min(0).default(0),
  /**
   * Keeps the rejected answers of a preference set: pair files (`generated` = the rejected answer) that `dpo` trains on.
   * Needs a source with both answers; rows are then told apart by prompt and both answers, not by the prompt alone.
   */
  keepRejected: z.boolean().default(false),
})
export type ImportRequest = z.input<typeof ImportRequest>

export const ImportResult = z.object({
  kind: z.literal('done'),
  mapping: ColumnMapping,
  trainPath: z.string(),
  testPath: z.string(),
  trainRows: z.number().int(),
  testRows: z.number().int(),
  readRows: z.number().int(),
  dropped: z.partialRecord(z.enum(dropReasons), z.number().int()),
  /** The first 200 dropped rows, for the report; all of them are in `dropped.jsonl` beside the result. */
  examples: z.array(DroppedRow),
})
export type ImportResult = z.infer<typeof ImportResult>

// ── generate ──────────────────────────────────────────────────────────────────────────────────────────────────
/**
 * How often the engine ran out of memory at this very request: the stage takes 1/2, 1/4, … of its batch or micro-batch at
 * once. Not part of what identifies a request.
 */
const memoryAttempt = z.number().int().min(0).max(30).optional()

export const GenerateRequest = z.object({
  modelDir: z.string(),
  dataPath: z.string(), // a reformatted Parquet file
  outDir: z.string(),
  split: z.enum(['train', 'test']),
  fracLen: z.number().int().min(0),
  /** Which fractions; null = all that the data has. */
  fractions: z.array(z.number().int().min(0)).nullable().default(null),
  settings: GenerationSettings,
  /** Form of the layers' matrices for a model without an adapter; an adapter is used with what it was trained on. */
  baseWeights: AdapterSettings.shape.baseWeights,
  /** Of the same opponent's answers to the other split: see GenerateResult. */
  contextLength: z.number().int().optional(),
  memoryAttempt,
})
export type GenerateRequest = z.input<typeof GenerateRequest>
export const FractionDone = z.object({
  kind: z.literal('fraction'),
  split: z.enum(['train', 'test']),
  index: z.number().int(),
  path: z.string(),
  rows: z.number().int(),
  sha256: z.string(),
  capped: z.number().int(),
  empty: z.number().int(),
  generatedTokens: z.number().int(),
})
export type FractionDone = z.infer<typeof FractionDone>
export const GenerateResult = z.object({
  kind: z.literal('done'),
  fractions: z.array(FractionDone.omit({ kind: true })),
  /** sha256 over the fraction files' own sha256 in order. */
  sha256: z.string(),
  modelSha256: z.string(),
  /** Tokens that the opponent's rotary frequencies were chosen for; absent for models that have one set of them. */
  contextLength: z.number().int().optional(),
})
export type GenerateResult = z.infer<typeof GenerateResult>

// ── gather ────────────────────────────────────────────────────────────────────────────────────────────────────
export const GatherRequest = z.object({
  inputDir: z.string(),
  outDir: z.string(),
  /** null = every fraction that the manifest lists; a number must match what is there. */
  numFracs: z.number().int().min(1).nullable().default(null),
  gates: GateSettings,
})
export type GatherRequest = z.input<typeof GatherRequest>
export const PairAudit = z.object({
  rows: z.number().int(),
  duplicates: z.number().int(),
  equal: z.number().int(), // generated = real after trimming
  capped: z.number().int(),
  empty: z.number().int(),
  medianRealCharacters: z.number(),
  medianGeneratedCharacters: z.number(),
})
export type PairAudit = z.infer<typeof PairAudit>
export const GatherResult = z.object({
  kind: z.literal('done'),
  trainPath: z.string(),
  testPath: z.string().nullable(),
  train: PairAudit,
  test: PairAudit.nullable(),
  /** sha256 over the content of the pairs (not over Parquet bytes, which carry the writer's version). */
  sha256: z.string(),
  warnings: z.array(z.string()),
})
export type GatherResult = z.infer<typeof GatherResult>

// ── finetune ──────────────────────────────────────────────────────────────────────────────────────────────────
export const FinetuneRequest = z.object({
  /** The start model; it is also the opponent. */
  modelDir: z.string(),
  /** Pair files with the share of rows taken from each (the first ⌊share·n⌋ rows, as the official mixer does). */
  sources: z.array(z.object({ path: z.string(), fraction: z.number().gt(0).max(1) })).min(1),
  /** Held-out pairs for the guards; null = none. */
  heldOutPath: z.string().nullable().default(null),
  workDir: z.string(), // checkpoints and opponent log-probs
  outDir: z.string(), // the finished Hugging Face folder
  settings: TrainingSettings,
  gates: GateSettings,
  /** Of the opponent that made the answers: see GenerateResult. */
  contextLength: z.number().int().optional(),
  memoryAttempt,
})
export type FinetuneRequest = z.input<typeof FinetuneRequest>
/**
 * One line of the training curve. A stage that continues from a checkpoint first sends the steps before it again (from its
 * metrics.jsonl): whoever records them may have died with some on the way, and recording a step twice changes nothing.
 */
export const StepMetrics = z.object({
  kind: z.literal('step'),
  step: z.number().int(), // 0 = before the first update
  totalSteps: z.number().int(),
  epoch: z.number(),
  loss: z.number(), // everything that was minimised
  spinLoss: z.number(), // the SPIN term alone; NaN-free: 0 for sft
  nll: z.number(), // token-mean NLL of the real answers
  rewardReal: z.number(), // β·(policy − opponent) log-prob, mean over the batch
  rewardGenerated: z.number(),
  margin: z.number(),
  accuracy: z.number(), // share of pairs with margin > 0
  logpReal: z.number(), // mean summed log-prob
  logpGenerated: z.number(),
  realShift: z.number(), // mean (policy − opponent) log-prob of the real answers, nats an answer
  eosShift: z.number(),
  /** Mean entropy of the policy's next-token distribution at the response tokens, nats; null: not measured. */
  entropy: z.number().nullable().default(null),
  /**
   * Mean (opponent − policy) log-prob of the generated answers, nats an answer: they are the opponent's samples, so this
   * is a Monte-Carlo KL(opponent ‖ policy), over the answers that differ from the real one. For `dpo` the same number of
   * the rejected answers, which is no KL unless the start model wrote them. null: no such answer in the step.
   */
  kl: z.number().nullable().default(null),
  /** The same divided by the answers' tokens, nats a token. */
  klPerToken: z.number().nullable().default(null),
  gradNorm: z.number(), // before clipping
  lr: z.number(),
  tokensPerSecond: z.number(),
  stepMs: z.number(),
})
export type StepMetrics = z.infer<typeof StepMetrics>
export const FinetuneResult = z.object({
  kind: z.literal('done'),
  modelDir: z.string(),
  modelSha256: z.string(), // of the weights; of an adapter and its base together
  steps: z.number().int(),
  step0Loss: z.number(), // the SPIN term alone
  lastLoss: z.number(),
  lastNll: z.number(),
  /** Why it ended before its last step, in words; null = it did not. */
  stoppedBy: z.string().nullable(),
  /** The step whose weights were saved (the best kept checkpoint when a guard stopped it). */
  savedStep: z.number().int(),
  pairs: z.number().int(),
  nllOnlyRows: z.number().int(),
  seconds: z.number(),
})
export type FinetuneResult = z.infer<typeof FinetuneResult>

// ── evaluate ──────────────────────────────────────────────────────────────────────────────────────────────────
export const EvaluateRequest = z.object({
  modelDir: z.string(),
  /** The model it is compared with (KL, rewards); null = itself. */
  opponentDir: z.string().nullable().default(null),
  dataPath: z.string(), // reformatted held-out rows
  heldOutPairsPath: z.string().nullable().default(null),
  outDir: z.string(),
  beta: z.number().gt(0).default(0.1),
  promptFormat: z.enum(['chat', 'official']).default('chat'),
  settings: EvaluationSettings,
  memoryAttempt,
})
export type EvaluateRequest = z.input<typeof EvaluateRequest>
export const EvaluationResult = z.object({
  kind: z.literal('done'),
  rows: z.number().int(),
  /** Share of valid answers (checker) or exact matches (no checker), 0–1. */
  greedy: z.number(),
  sampled: z.number().nullable(),
  temperature: z.number(),
  /** SPIN loss on the held-out pairs; ln 2 for a model against itself; null without pairs. */
  heldOutLoss: z.number().nullable(),
  heldOutNll: z.number(), // token-mean NLL of the human answers
  rewardAccuracy: z.number().nullable(),
  margin: z.number().nullable(),
  /** Monte-Carlo KL(policy ‖ opponent), nats an answer, on the policy's own temperature-1 samples. */
  kl: z.number().nullable(),
  meanTokensReal: z.number(),
  meanTokensGreedy: z.number(),
  cappedShare: z.number(),
  /** Scores by kind of task where `check` names one. */
  byKind: z.record(
    z.string(),
    z.object({ rows: z.number().int(), greedy: z.number(), sampled: z.number().nullable() }),
  ),
  /** JSONL with per-row greedy answer, sampled answers and their validity: the paired bootstrap reads it. */
  answersPath: z.string(),
  seconds: z.number(),
})
export type EvaluationResult = z.infer<typeof EvaluationResult>

export const EvaluationAnswer = z.object({
  id: z.string(),
  prompt: z.string(),
  real: z.string(),
  check: z.string().nullable(),
  greedy: z.string(),
  /** `length`: cut at max_new_tokens. Absent in evaluations by older versions. */
  greedyFinish: FinishReason.optional(),
  greedyValid: z.boolean(),
  sampled: z.array(z.string()),
  sampledValid: z.array(z.boolean()),
})
export type EvaluationAnswer = z.infer<typeof EvaluationAnswer>

// ── export ────────────────────────────────────────────────────────────────────────────────────────────────────
export const exportFormats = ['huggingface', 'gguf-f16', 'gguf-q8_0'] as const
export const ExportRequest = z.object({
  modelDir: z.string(),
  /** huggingface: a folder; gguf: a file. What is there and differs is moved aside, never overwritten. */
  outPath: z.string(),
  format: z.enum(exportFormats).default('huggingface'),
  /** Of a Hugging Face folder's weights; null = the source's (the widest, where it has several). */
  dtype: z.enum(['F32', 'BF16', 'F16']).nullable().default(null),
  /** Of a Hugging Face folder: bytes of numbers in one file. */
  maxShardBytes: z.number().int().min(1).default(5_000_000_000),
  /** For the model card; null = the source's own card goes along. */
  lineage: ModelLineage.nullable().default(null),
})
export type ExportRequest = z.input<typeof ExportRequest>
export const ExportResult = z.object({
  kind: z.literal('done'),
  outPath: z.string(),
  format: z.enum(exportFormats),
  /** Of the weights: the file's, or of all shards together. */
  sha256: z.string(),
  bytes: z.number(),
  /** Files of weights. */
  files: z.array(z.object({ name: z.string(), bytes: z.number(), sha256: z.string() })),
  seconds: z.number(),
})
export type ExportResult = z.infer<typeof ExportResult>

// ── model and engine ──────────────────────────────────────────────────────────────────────────────────────────
export const ModelCard = z.object({
  dir: z.string(),
  /** "llama", "qwen3", …: see engine/model/model-config.ts. */
  family: z.string(),
  architecture: z.string(),
  parameters: z.number().int(),
  layers: z.number().int(),
  hidden: z.number().int(),
  heads: z.number().int(),
  kvHeads: z.number().int(),
  vocab: z.number().int(),
  context: z.number().int(),
  dtype: z.string(),
  tiedEmbeddings: z.boolean(),
  eosTokens: z.array(z.string()),
  sha256: z.string(), // of the weights
  bytes: z.number(),
  templateSample: z.string(),
  /** A sample conversation through the chat template; null in cards by older versions. */
  template: z
    .object({
      source: z.enum(['chat_template.jinja', 'tokenizer_config.json', 'default']),
      /** Whether it takes a system message; the sample has one then. */
      takesSystem: z.boolean(),
      /** Of the sample; null = the tokenizer has none for it. */
      tokens: z.number().int().nullable(),
      parts: z.array(z.object({ text: z.string(), special: z.boolean() })),
    })
    .nullable()
    .default(null),
  /** As the folder names it: "apache-2.0", "see LICENSE"; null = it names none. */
  license: z.string().nullable().default(null),
  /** Of a PEFT adapter folder, whose base the rest describes; null = a whole model. */
  adapter: z
    .object({
      baseDir: z.string(),
      rank: z.number().int(),
      alpha: z.number(),
      /** Matrices of a layer that it adds to: "self_attn.q_proj". */
      modules: z.array(z.string()),
      /** How the base's matrices are held with it. */
      baseWeights: AdapterSettings.shape.baseWeights.unwrap(),
      parameters: z.number().int(),
    })
    .nullable(),
  /** What a person should know before using it. */
  warnings: z.array(z.string()),
})
export type ModelCard = z.infer<typeof ModelCard>

export const EngineDescription = z.object({
  versions: z.record(z.string(), z.string()), // node, onnxruntime, duckdb, spin-studio
  device: z.string(), // "CPU, 2 threads"
  threads: z.number().int(),
  pid: z.number().int(),
  rssBytes: z.number(),
  peakRssBytes: z.number(),
})
export type EngineDescription = z.infer<typeof EngineDescription>

/** name → input, output (calls) or event (streams). One line here, one handler in engine/index.ts, one test. */
export const engineContract = {
  calls: {
    describe: { input: z.object({}), output: EngineDescription },
    inspectModel: { input: z.object({ dir: z.string() }), output: ModelCard },
    /** Columns, layout and first rows of dataset files, before they are imported. */
    inspectDataset: { input: InspectDatasetRequest, output: DatasetInspection },
    datasetRow: { input: DatasetRowRequest, output: DatasetRowView },
    chatDefaults: { input: z.object({ modelDir: z.string() }), output: ChatDefaults },
    ...samplesEngineCalls,
    /** Lengths that a plan is fitted to. */
    rowFacts: { input: RowFactsRequest, output: RowFacts },
    gather: { input: GatherRequest, output: GatherResult },
    /** The README.md of a finished model folder; `sourceDir`: the base, whose licence it names. */
    writeCard: {
      input: z.object({ modelDir: z.string(), sourceDir: z.string(), lineage: ModelLineage }),
      output: z.object({}),
    },
  },
  streams: {
    importDataset: { input: ImportRequest, event: z.union([Progress, LogEvent, ImportResult]) },
    /** Token lengths of a reformatted dataset for a model. */
    measureDataset: { input: MeasureDatasetRequest, event: z.union([Progress, LogEvent, DatasetLengths]) },
    generate: { input: GenerateRequest, event: z.union([Progress, LogEvent, FractionDone, GenerateResult]) },
    finetune: { input: FinetuneRequest, event: z.union([Progress, LogEvent, StepMetrics, FinetuneResult]) },
    evaluate: { input: EvaluateRequest, event: z.union([Progress, LogEvent, EvaluationResult]) },
    exportModel: { input: ExportRequest, event: z.union([Progress, LogEvent, ExportResult]) },
    /** One answer; the model stays loaded for the next. */
    chat: { input: ChatRequest, event: z.union([LogEvent, ChatBegin, ChatText, ChatDone]) },
    /** Costs of a plan, measured on a cut model: nothing is written. */
    forecast: { input: ForecastRequest, event: z.union([Progress, LogEvent, ForecastResult]) },
  },
} as const
export type EngineContract = typeof engineContract
