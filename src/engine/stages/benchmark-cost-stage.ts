import type { z } from 'zod'
import type { BenchmarkCost } from '../../contract/benchmarks.ts'
import type { BenchmarkCostRequest, BenchmarkCostResult, LogEvent, Progress } from '../../contract/engine.ts'
import { BenchmarkRequest } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { progressWords } from '../../strings/progress.ts'
import { type ChoiceBatch, isChoiceQuestion, planChoices } from '../evaluation/benchmarks/choice-batches.ts'
import { generateAnswers, isGeneratedQuestion } from '../evaluation/benchmarks/generate-answers.ts'
import { requestEncoder, type RequestEncoder } from '../evaluation/benchmarks/request-encoder.ts'
import { scoreBranches } from '../evaluation/benchmarks/score-branches.ts'
import { batchLimits } from '../evaluation/benchmarks/score-choices.ts'
import { everyNth, type TaskTokens, taskTokens } from '../evaluation/benchmarks/task-tokens.ts'
import type { TaskQuestion } from '../evaluation/benchmarks/task.ts'
import { watchPeakMemory } from '../forecast/peak-memory.ts'
import type { LayeredModel } from '../model/layered-model.ts'
import { loadLayeredModel } from '../model/load-layered-model.ts'
import { loadTasks, type MeasuredModel, openMeasuredModel } from './benchmark-tasks.ts'
import { generationDevice, modelBackend } from './program-backend.ts'
import { answersAtOnce, type LoadedTask } from './run-benchmark.ts'
import { StageProgress } from './stage-progress.ts'

/** A probe of scoring goes on for so long, but for at least one batch. */
const probeMs = 2000
const probedQuestions = 60
/** New tokens of the two probes of generation: what differs between them is the steps' time. */
const probedAnswers = [4, 20] as const

/**
 * What tasks will cost: tokens by tokenizing a sample of their questions, seconds by scoring or answering a few of them.
 * Answers count as if each were as long as it may be: how long they will be is not known. Nothing is written. Errors:
 * those of the stage itself.
 */
export async function* benchmarkCostStage(
  request: z.output<typeof BenchmarkCostRequest>,
  signal: AbortSignal,
): AsyncGenerator<Progress | LogEvent | BenchmarkCostResult> {
  const peak = watchPeakMemory()
  const { settings } = request
  const model = await openMeasuredModel(request.modelDir)
  const tasks = yield* loadTasks(request.dataDir, settings, model, signal)
  const encoder = requestEncoder(model.tokenizer, settings.profile, model.folder.config.maxPositions)
  const probe = { model, encoder, batchTokens: BenchmarkRequest.shape.batchTokens.parse(undefined) }
  const limits = batchLimits(model.folder.config, probe.batchTokens)
  const progress = new StageProgress(progressWords.measuringMachine, tasks.length, progressWords.units.tasks)
  const costs: BenchmarkCost[] = []
  let layered: LayeredModel | null = null
  try {
    for (const task of tasks) {
      yield progress.at(costs.length)
      if (signal.aborted) throw new AppError('CANCELLED', 'The forecast was stopped.')
      const tokens = taskTokens(task.parts, encoder, limits)
      const seconds =
        (await scoringSeconds(
          task,
          tokens,
          probe,
          () => (layered ??= loadLayeredModel(model.folder, modelBackend())),
        )) + (await generationSeconds(task, probe, settings.profile))
      costs.push({ task: task.name, ...tokens, seconds })
    }
  } finally {
    await (layered as LayeredModel | null)?.release()
  }
  const seconds = costs.reduce((sum, cost) => sum + cost.seconds, 0)
  yield { kind: 'done', tasks: costs, seconds, peakBytes: peak() }
}

interface Probe {
  model: MeasuredModel
  encoder: RequestEncoder
  batchTokens: number
}

/** All rows of the task at the pace of a few of its own batches, those of middle length first. */
async function scoringSeconds(
  { parts }: LoadedTask,
  { tokens }: TaskTokens,
  { encoder, batchTokens }: Probe,
  load: () => LayeredModel,
): Promise<number> {
  const sample = everyNth(parts[0]?.questions.filter(isChoiceQuestion) ?? [], probedQuestions)
  if (sample.length === 0) return 0
  const model = load()
  const limits = batchLimits(model.config, batchTokens)
  const plan = planChoices(sample, encoder, () => limits)
  const batches = [...plan.batches]
  const middle = batches.length >> 1
  const order = batches.toSorted((a, b) => distance(batches, a, middle) - distance(batches, b, middle))
  // Cold, as most batches of the task will be: programs are compiled for each new shape.
  let startedAt = performance.now()
  const prefix = plan.prefix.length === 0 ? null : await model.readPrefix(plan.prefix)
  let measured = { rows: plan.prefix.length, ms: performance.now() - startedAt }
  for (const batch of order) {
    startedAt = performance.now()
    const branches = batch.questions.map((question) => question.branches)
    await scoreBranches(model, branches, batch.continuesPrefix ? prefix : null)
    measured = { rows: measured.rows + batch.rows, ms: measured.ms + performance.now() - startedAt }
    if (measured.ms > probeMs) break
  }
  return (tokens * (measured.ms / measured.rows)) / 1000
}

const distance = (batches: readonly ChoiceBatch[], batch: ChoiceBatch, from: number): number =>
  Math.abs(batches.indexOf(batch) - from)

/** Full batches of prompts, each answer as long as it may be. */
async function generationSeconds(
  { parts }: LoadedTask,
  { model, encoder, batchTokens }: Probe,
  profile: Parameters<typeof generateAnswers>[2]['profile'],
): Promise<number> {
  const all = parts.flatMap(({ questions }) => questions.filter(isGeneratedQuestion))
  if (all.length === 0) return 0
  const batchSize = answersAtOnce(batchTokens)
  const sample = everyNth(all, batchSize)
  const longest = Math.max(...sample.map(({ requests }) => encoder.prompt(requests).maxNewTokens))
  const secondsFor = async (maxNewTokens: number): Promise<number> => {
    const capped = sample.map((question): TaskQuestion & { requests: (typeof question)['requests'] } => ({
      ...question,
      requests: { ...question.requests, stops: [], maxNewTokens },
    }))
    let startedAt = performance.now()
    let isCompiled = false
    const options = {
      tokenizer: model.tokenizer,
      profile,
      encoder,
      batchSize,
      device: generationDevice(),
    }
    for await (const _ of generateAnswers(model.folder, capped, options)) {
      // The first call's time is mostly the program's making; it reads few prompts.
      if (!isCompiled) startedAt = performance.now()
      isCompiled = true
    }
    return (performance.now() - startedAt) / 1000
  }
  const [short, long] = [await secondsFor(probedAnswers[0]), await secondsFor(probedAnswers[1])]
  const step = Math.max(0, long - short) / (probedAnswers[1] - probedAnswers[0])
  const batch = short + step * (longest - probedAnswers[0])
  return (batch * all.length) / sample.length
}
