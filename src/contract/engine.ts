import { z } from 'zod'
import { TensorFlowStatus } from './backend.ts'
import { ChatBegin, ChatDefaults, ChatDone, ChatRequest, ChatText } from './chat-stream.ts'
import {
  DatasetInspection,
  DatasetLengths,
  DatasetRowRequest,
  DatasetRowView,
  InspectDatasetRequest,
  MeasureDatasetRequest,
} from './dataset-inspection.ts'
import { DeviceKind, DeviceProbe } from './devices.ts'
import {
  BenchmarkCostRequest,
  BenchmarkCostResult,
  BenchmarkDataRequest,
  BenchmarkDataResult,
  BenchmarkRequest,
  BenchmarkResult,
  BenchmarkTaskDone,
  ContaminationRequest,
  ContaminationResult,
} from './engine/benchmark.ts'
import { EngineDescription } from './engine/description.ts'
import { EvaluateRequest, EvaluationResult } from './engine/evaluate.ts'
import { ExportRequest, ExportResult } from './engine/export-model.ts'
import {
  AnswerPieceRequest,
  GenerationPlan,
  GenerationPlanRequest,
  PieceDone,
  RowsAnswered,
  SealFractionRequest,
} from './engine/answer-piece.ts'
import { FinetuneRequest, FinetuneResult, StepMetrics } from './engine/finetune.ts'
import { GatherRequest, GatherResult } from './engine/gather.ts'
import { FractionDone, GenerateRequest, GenerateResult } from './engine/generate.ts'
import { ImportRequest, ImportResult } from './engine/import-rows.ts'
import { judgingEngineStreams } from './engine/judging.ts'
import { ModelCard } from './engine/model-card.ts'
import { RankExchange, RankReply, TrainRankRequest } from './engine/train-rank.ts'
import { DeviceEvent, LogEvent, Progress } from './engine/progress.ts'
import { ForecastRequest, ForecastResult } from './forecast.ts'
import { ModelLineage } from './lineage.ts'
import { RowFacts, RowFactsRequest } from './row-facts.ts'
import { samplesEngineCalls } from './samples-engine.ts'

/**
 * The engine's contract: what main may ask of the device process. Each stage is idempotent: called again with the
 * same request after any interruption it continues from what is on disk and ends with the same bytes.
 * Streams end with one `done` event that carries the stage's result.
 */

/** name → input, output (calls) or event (streams). One line here, one handler in engine/index.ts, one test. */
export const engineContract = {
  calls: {
    describe: { input: z.object({}), output: EngineDescription },
    /** Two seconds of products on one device, for a process of its own: a broken driver may end it. */
    probeDevice: { input: z.object({ kind: DeviceKind }), output: DeviceProbe },
    /** Whether programs can run on TensorFlow; loads it in a process of its own where its package is whole. */
    tensorFlowStatus: { input: z.object({}), output: TensorFlowStatus },
    inspectModel: { input: z.object({ dir: z.string() }), output: ModelCard },
    /** Columns, layout and first rows of dataset files, before they are imported. */
    inspectDataset: { input: InspectDatasetRequest, output: DatasetInspection },
    datasetRow: { input: DatasetRowRequest, output: DatasetRowView },
    chatDefaults: { input: z.object({ modelDir: z.string() }), output: ChatDefaults },
    ...samplesEngineCalls,
    /** Lengths that a plan is fitted to. */
    rowFacts: { input: RowFactsRequest, output: RowFacts },
    /** One generation over several engines: what is open of it, and the publishing of a fraction whose rows are all there. */
    generationPlan: { input: GenerationPlanRequest, output: GenerationPlan },
    sealFraction: { input: SealFractionRequest, output: FractionDone },
    /** What all ranks of a shared training brought to a round. */
    rankReply: { input: RankReply, output: z.object({}) },
    gather: { input: GatherRequest, output: GatherResult },
    /** Which tasks a folder of datasets holds, and a person's own. */
    benchmarkData: { input: BenchmarkDataRequest, output: BenchmarkDataResult },
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
    generate: {
      input: GenerateRequest,
      event: z.union([Progress, LogEvent, DeviceEvent, FractionDone, GenerateResult]),
    },
    /** Some rows of a fraction, into a journal of their own; what is open for it stays open for the next. */
    answerPiece: {
      input: AnswerPieceRequest,
      event: z.union([Progress, LogEvent, DeviceEvent, RowsAnswered, PieceDone]),
    },
    finetune: {
      input: FinetuneRequest,
      event: z.union([Progress, LogEvent, DeviceEvent, StepMetrics, FinetuneResult]),
    },
    /** The same as one of several engines that train one adapter together. */
    trainRank: {
      input: TrainRankRequest,
      event: z.union([Progress, LogEvent, DeviceEvent, StepMetrics, RankExchange, FinetuneResult]),
    },
    evaluate: { input: EvaluateRequest, event: z.union([Progress, LogEvent, DeviceEvent, EvaluationResult]) },
    exportModel: { input: ExportRequest, event: z.union([Progress, LogEvent, ExportResult]) },
    ...judgingEngineStreams,
    /** One answer; the model stays loaded for the next. */
    chat: { input: ChatRequest, event: z.union([LogEvent, ChatBegin, ChatText, ChatDone]) },
    /** Tasks that models are compared by; continues where it was stopped. */
    benchmark: {
      input: BenchmarkRequest,
      event: z.union([Progress, LogEvent, BenchmarkTaskDone, BenchmarkResult]),
    },
    /** What it will cost, measured on a few questions: nothing is written. */
    benchmarkCost: { input: BenchmarkCostRequest, event: z.union([Progress, LogEvent, BenchmarkCostResult]) },
    /** Training rows against the tasks' questions. */
    contamination: { input: ContaminationRequest, event: z.union([Progress, LogEvent, ContaminationResult]) },
    /** Costs of a plan, measured on a cut model: nothing is written. */
    forecast: { input: ForecastRequest, event: z.union([Progress, LogEvent, ForecastResult]) },
  },
} as const
export type EngineContract = typeof engineContract

export {
  AnswerPieceRequest,
  GenerationPlan,
  GenerationPlanRequest,
  PieceDone,
  RowsAnswered,
  SealFractionRequest,
} from './engine/answer-piece.ts'
export {
  BenchmarkCostRequest,
  BenchmarkCostResult,
  BenchmarkDataRequest,
  BenchmarkDataResult,
  BenchmarkRequest,
  BenchmarkResult,
  BenchmarkTaskDone,
  ContaminationRequest,
  ContaminationResult,
} from './engine/benchmark.ts'
export { ColumnMapping, datasetFormats, DroppedRow, dropReasons } from './dataset-format.ts'
export { EngineDescription } from './engine/description.ts'
export { EvaluateRequest, EvaluationAnswer, EvaluationResult } from './engine/evaluate.ts'
export { exportFormats, ExportRequest, ExportResult } from './engine/export-model.ts'
export { FinetuneRequest, FinetuneResult, StepMetrics } from './engine/finetune.ts'
export { GatherRequest, GatherResult, PairAudit } from './engine/gather.ts'
export { FractionDone, GenerateRequest, GenerateResult } from './engine/generate.ts'
export { ImportRequest, ImportResult } from './engine/import-rows.ts'
export { AnswersRequest, AnswersResult, PreferenceRequest, PreferenceResult } from './engine/judging.ts'
export { RankExchange, RankReply, TrainRankRequest } from './engine/train-rank.ts'
export { ModelCard } from './engine/model-card.ts'
export { DeviceEvent, DeviceShare, LogEvent, Progress } from './engine/progress.ts'
