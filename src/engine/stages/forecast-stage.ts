import { freemem, totalmem } from 'node:os'
import type { z } from 'zod'
import type { ForecastRequest, ForecastResult, StageForecast } from '../../contract/forecast.ts'
import type { LogEvent, Progress } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { readDatasetRows } from '../data/dataset-rows.ts'
import { forecastAdvice } from '../forecast/advice.ts'
import { type GenerationProbe, probeGeneration } from '../forecast/probe-generation.ts'
import { probeTraining, type TrainingProbe } from '../forecast/probe-training.ts'
import { mean, measureRows, type RowLengths } from '../forecast/row-lengths.ts'
import type { ModelFolder } from '../model/model-folder.ts'
import { embeddingName, modelWeights, parameterCount } from '../model/weight-names.ts'
import { sizeOf } from '../tensor/shape-rules.ts'
import { optimizerStateBytes } from '../training/optimizer-state.ts'
import { createSchedule } from '../training/schedule.ts'
import { auditTemplate } from '../text/audit-template.ts'
import { openModel } from './model-context.ts'
import { loadTrainingModel } from './training-model.ts'

type Request = z.infer<typeof ForecastRequest>

/**
 * What one iteration will cost here: the real programs are run on the model cut to one and two layers, at the lengths
 * of the dataset, and extrapolated (see layer-slope.ts). Takes seconds; nothing is written.
 */
export async function* forecastStage(
  request: Request,
  signal: AbortSignal,
): AsyncGenerator<Progress | LogEvent | ForecastResult> {
  const startedAt = performance.now()
  const { generation, training, evaluation } = request
  const { folder, renderer } = await openModel(request.modelDir, training.promptFormat)
  const rows = await readDatasetRows(request.dataPath)
  if (rows.length === 0)
    throw new AppError(
      'DATASET_EMPTY',
      `Expected rows in ${request.dataPath}, found none. Import the dataset again.`,
    )
  const held = request.testPath === null ? [] : await readDatasetRows(request.testPath)
  const lengths = measureRows(rows, renderer)
  // Every stage audits the template, renders all rows and reads the weights' file once for its hash.
  auditTemplate(renderer, rows)
  for (const { prompt, answer } of rows) renderer.response(prompt, answer, 'stop')
  await folder.sha256()
  const setupSeconds = (performance.now() - startedAt) / 1000
  const stages: StageForecast[] = []
  const progress = (done: number): Progress => ({
    kind: 'progress',
    stage: 'Measuring this machine',
    done,
    total: 2,
    unit: 'probes',
    rate: null,
    tokensPerSecond: null,
  })
  yield progress(0)
  const answering = await probeGeneration(folder, lengths, generation)
  stages.push(generateForecast(answering, lengths, rows.length + held.length, setupSeconds))
  if (signal.aborted) throw new AppError('CANCELLED', 'The forecast was stopped.')
  yield progress(1)

  const probe = await probeTraining(
    folder,
    lengths,
    training,
    (cut) => loadTrainingModel(cut, training.adapter).model,
  )
  stages.push(finetuneForecast(probe, request, rows.length, held.length, folder, setupSeconds))
  yield progress(2)

  if (evaluation && held.length > 0) {
    const count = evaluation.limit > 0 ? Math.min(evaluation.limit, held.length) : held.length
    const answers = count * (1 + evaluation.samplesPerPrompt)
    stages.push({
      stage: 'evaluate',
      seconds:
        2 * answering.startSeconds +
        answers * answering.secondsPerAnswer +
        // Human answers, both answers of the held-out pairs and one sample; all but the first by the opponent too.
        ((7 * count) / 2) * probe.scoreSeconds,
      peakBytes: Math.max(answering.peakBytes, 4 * parameterCount(folder.config)),
      diskBytes: answers * 2 * mean(lengths.answer) * 4,
      basis: `${answers} answers to ${count} held-out prompts`,
    })
  }
  const peak = Math.max(...stages.map(({ peakBytes }) => peakBytes))
  yield {
    kind: 'done',
    stages,
    seconds: stages.reduce((sum, { seconds }) => sum + seconds, 0),
    peakBytes: peak,
    diskBytes: stages.reduce((sum, { diskBytes }) => sum + diskBytes, 0),
    memoryBytes: totalmem(),
    freeMemoryBytes: freemem(),
    advice: forecastAdvice({ stages, training, generation, memoryBytes: totalmem() }),
    probeSeconds: (performance.now() - startedAt) / 1000,
  }
}

function generateForecast(
  probe: GenerationProbe,
  lengths: RowLengths,
  rows: number,
  setupSeconds: number,
): StageForecast {
  const characters = 5 // bytes of text a token, as English has them
  return {
    stage: 'generate',
    seconds: setupSeconds + probe.startSeconds + rows * probe.secondsPerAnswer,
    peakBytes: probe.peakBytes,
    // A fraction's row holds the prompt twice and both answers.
    diskBytes: rows * characters * 2 * (mean(lengths.prompt) + mean(lengths.answer)),
    basis: `${rows} prompts; answers as long as the human ones (${mean(lengths.answer).toFixed(0)} tokens on average)`,
  }
}

function finetuneForecast(
  probe: TrainingProbe,
  { training, previousShare }: Request,
  rows: number,
  heldOutRows: number,
  folder: ModelFolder,
  setupSeconds: number,
): StageForecast {
  const { batchSize, microBatch, optimizer, guards } = training
  const pairs = rows + Math.floor(previousShare * rows)
  const { totalSteps } = createSchedule({
    schedule: training.schedule,
    lr: optimizer.lr,
    rows: pairs,
    batchSize,
    maxSteps: training.maxSteps,
  })
  // The last step of an epoch is smaller where the rows don't fill it.
  const trained = Math.min(totalSteps * batchSize, pairs * training.schedule.stopEpoch)
  const scored = training.objective === 'sft' ? 0 : pairs
  const everySteps = guards.heldOutEverySteps
  const checks = everySteps > 0 && heldOutRows > 0 ? 1 + Math.floor(totalSteps / everySteps) : 0
  const trainedWeights = training.adapter
    ? [{ name: 'adapter', length: probe.trained }]
    : modelWeights(folder.config).map(({ name, shape }) => ({ name, length: sizeOf(shape) }))
  const stateBytes = optimizerStateBytes(optimizer, trainedWeights, {
    isEmbedding: (name) => name === embeddingName,
  })
  return {
    stage: 'finetune',
    seconds:
      setupSeconds +
      (trained / microBatch) * probe.secondsPerMicroBatch +
      totalSteps * probe.updateSeconds +
      // A held-out check scores the human answers alone.
      (scored + (checks * Math.min(256, heldOutRows)) / 2) * probe.scoreSeconds,
    peakBytes: probe.peakBytes,
    // Two checkpoints and the one being written, then the model itself.
    diskBytes:
      3 * (4 * probe.trained + stateBytes) + (training.adapter ? 4 * probe.trained : folder.weights.bytes),
    basis: `${totalSteps} steps of ${batchSize} pairs, ${probe.secondsPerMicroBatch.toFixed(2)} s a micro-batch of ${microBatch}`,
  }
}
