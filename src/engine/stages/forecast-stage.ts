import { freemem, totalmem } from 'node:os'
import type { z } from 'zod'
import type {
  ForecastRequest,
  ForecastResult,
  MeasuredSize,
  MeasuredTraining,
  StageForecast,
} from '../../contract/forecast.ts'
import type { LogEvent, Progress } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { TrainingSettings } from '../../contract/settings.ts'
import { evaluateCost, generateCost, trainCost } from '../../contract/stage-costs.ts'
import { readDatasetRows } from '../data/dataset-rows.ts'
import { forecastAdvice } from '../forecast/advice.ts'
import { probeGeneration } from '../forecast/probe-generation.ts'
import { probeTraining, type TrainingProbe } from '../forecast/probe-training.ts'
import { mean, measureRows } from '../forecast/row-lengths.ts'
import type { ModelFolder } from '../model/model-folder.ts'
import { embeddingName, modelWeights, parameterCount } from '../model/weight-names.ts'
import { sizeOf } from '../tensor/shape-rules.ts'
import { optimizerStateBytes } from '../training/optimizer-state.ts'
import { auditTemplate } from '../text/audit-template.ts'
import { checkPrecision } from './check-precision.ts'
import { openModel } from './model-context.ts'
import { generationDevice } from './program-backend.ts'
import { loadTrainingModel } from './training-model.ts'
import { progressWords } from '../../strings/progress.ts'

type Request = z.infer<typeof ForecastRequest>

/**
 * What one iteration will cost here: the real programs are run on the model cut to one and to a few layers, at the lengths
 * of the dataset, and extrapolated (see layer-slope.ts). Takes seconds; nothing is written.
 */
export async function* forecastStage(
  request: Request,
  signal: AbortSignal,
): AsyncGenerator<Progress | LogEvent | ForecastResult> {
  const startedAt = performance.now()
  const { generation, training, evaluation, known } = request
  const { folder, renderer } = await openModel(request.modelDir, training.promptFormat)
  const rows = await readDatasetRows(request.dataPath)
  if (rows.length === 0)
    throw new AppError(
      'DATASET_EMPTY',
      `Expected rows in ${request.dataPath}, found none. Import the dataset again.`,
    )
  await checkPrecision(training.precision)
  const held = request.testPath === null ? [] : await readDatasetRows(request.testPath)
  const lengths = measureRows(rows, renderer)
  // Every stage audits the template, renders all rows and reads the weights' file once for its hash.
  auditTemplate(renderer, rows)
  for (const { prompt, answer } of rows) renderer.response(prompt, answer, 'stop')
  await folder.sha256()
  const setupSeconds = (performance.now() - startedAt) / 1000
  const progress = (done: number): Progress => ({
    kind: 'progress',
    stage: progressWords.measuringMachine,
    done,
    total: 2,
    unit: progressWords.units.probes,
    rate: null,
    tokensPerSecond: null,
  })
  yield progress(0)
  const generationProbe =
    known.generation ??
    (await probeGeneration(folder, lengths, generation, { device: generationDevice(), signal }))
  expectGoingOn(signal)
  yield progress(1)
  const trainingProbe =
    known.training ??
    measuredTraining(
      await probeTraining(folder, lengths, training, (cut) => loadTrainingModel(cut, training), signal),
      training,
      folder,
    )
  expectGoingOn(signal)
  yield progress(2)

  const size: MeasuredSize = {
    rows: rows.length,
    heldOutRows: held.length,
    promptTokens: mean(lengths.prompt),
    answerTokens: mean(lengths.answer),
    setupSeconds,
    modelBytes: folder.weights.bytes,
    parameters: parameterCount(folder.config),
  }
  const pairs = rows.length + Math.floor(request.previousShare * rows.length)
  const stages: StageForecast[] = [
    generateCost(size, generationProbe),
    trainCost(size, trainingProbe, training, pairs),
    ...(evaluation && held.length > 0
      ? [evaluateCost(size, generationProbe, trainingProbe, evaluation)]
      : []),
  ]
  yield {
    kind: 'done',
    stages,
    seconds: stages.reduce((sum, { seconds }) => sum + seconds, 0),
    peakBytes: Math.max(...stages.map(({ peakBytes }) => peakBytes)),
    diskBytes: stages.reduce((sum, { diskBytes }) => sum + diskBytes, 0),
    memoryBytes: totalmem(),
    freeMemoryBytes: freemem(),
    advice: forecastAdvice({ stages, training, generation, memoryBytes: totalmem() }),
    probeSeconds: (performance.now() - startedAt) / 1000,
    measured: { size, generation: generationProbe, training: trainingProbe },
  }
}

function expectGoingOn(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('CANCELLED', 'The forecast was stopped.')
}

function measuredTraining(
  probe: TrainingProbe,
  { optimizer, adapter }: TrainingSettings,
  folder: ModelFolder,
): MeasuredTraining {
  const trainedWeights = adapter
    ? [{ name: 'adapter', length: probe.trained }]
    : modelWeights(folder.config).map(({ name, shape }) => ({ name, length: sizeOf(shape) }))
  const stateBytes = optimizerStateBytes(optimizer, trainedWeights, {
    isEmbedding: (name) => name === embeddingName,
  })
  return { ...probe, stateBytes }
}
