/**
 * The engine's process: serves the engine's contract on file descriptor 3 and ends when that closes. The only file of
 * the engine that knows it is a process. Errors that nobody catches end it, as Node does by default (stack on stderr,
 * exit code 1): the supervisor reports them and starts a fresh one.
 */
import { fstatSync } from 'node:fs'
import { Socket } from 'node:net'
import { availableParallelism } from 'node:os'
import { engineContract } from '../contract/engine.ts'
import { AppError } from '../contract/errors.ts'
import { createPipeWire } from '../ipc/pipe-wire.ts'
import { serve } from '../ipc/server.ts'
import { describeEngine } from './describe.ts'
import { sweepScratchFolders } from './files/scratch-folder.ts'
import { createJobSlot } from './job-slot.ts'
import { watchParent } from './parent-watch.ts'

const pipeFd = 3

const pipe = openPipe()
const wire = createPipeWire(pipe)
const jobs = createJobSlot()
/** Chat models stay loaded between turns; any other job has the memory first. */
let releaseChat = async (): Promise<void> => undefined
/** So do the two models of the samples. */
let releaseScores = async (): Promise<void> => undefined

/** So does the opponent between the pieces of a generation that several engines share. */
let releaseGeneration = async (): Promise<void> => undefined

// Ctrl-C in a terminal reaches the whole process group; the host decides what it means and closes the pipe.
process.on('SIGINT', () => undefined)
watchParent()
sweepScratchFolders()
wire.onClose(() => process.exit(0))

// Stages are loaded when first asked for: `describe` answers at once and a dataset import needs no ONNX Runtime.
serve(wire, engineContract, {
  calls: {
    describe: () => describeEngine(),
    probeDevice: async ({ kind }, signal) =>
      (await import('./devices/probe-device.ts')).probeDevice(kind, availableParallelism(), signal),
    tensorFlowStatus: async () => (await import('./tensorflow/status.ts')).tensorFlowStatus(),
    inspectModel: async ({ dir }) =>
      expectDiskSpace((await import('./model/model-card.ts')).describeModel(dir)),
    // Looks are no jobs: they hold next to nothing and are not refused while one is at work.
    inspectDataset: async (request, signal) =>
      (await import('./data/inspect-dataset.ts')).inspectDataset(request, signal),
    datasetRow: async (request) => (await import('./stages/dataset-row-stage.ts')).datasetRowStage(request),
    rowFacts: async (request) => (await import('./stages/row-facts-stage.ts')).rowFactsStage(request),
    chatDefaults: async ({ modelDir }) => (await import('./stages/chat-stage.ts')).chatDefaults(modelDir),
    sampleOrder: async (request, signal) =>
      expectDiskSpace((await import('./data/samples.ts')).sampleOrder(request, signal)),
    sampleLines: async (request, signal) => ({
      lines: await expectDiskSpace((await import('./data/samples.ts')).sampleLines(request, signal)),
    }),
    sampleRows: async (request, signal) => ({
      rows: await expectDiskSpace((await import('./data/samples.ts')).sampleRows(request, signal)),
    }),
    tokenScores: (request, signal) =>
      jobs.call('tokenScores', signal, async () => {
        await releaseChat()
        const { releaseTokenScores, tokenScores } = await import('./stages/token-scores.ts')
        releaseScores = releaseTokenScores
        return tokenScores(request, signal)
      }),
    benchmarkData: async ({ dataDir, taskFiles }) => ({
      tasks: await (
        await import('./evaluation/benchmarks/benchmark-data.ts')
      ).benchmarkData(dataDir, taskFiles),
    }),
    generationPlan: (request, signal) =>
      jobs.call('generationPlan', signal, async () =>
        expectDiskSpace((await openPieces()).generationPlan(request)),
      ),
    sealFraction: (request, signal) =>
      jobs.call('sealFraction', signal, async () =>
        expectDiskSpace((await openPieces()).sealFraction(request)),
      ),
    // While the rank's job waits for it.
    rankReply: async (reply) => {
      ;(await import('./stages/rank-link.ts')).deliverReply(reply)
      return {}
    },
    gather: (request, signal) =>
      jobs.call('gather', signal, async () =>
        expectDiskSpace((await import('./stages/gather-stage.ts')).gatherStage(request, signal)),
      ),
    writeCard: async (request) => {
      await expectDiskSpace((await import('./model/write-card.ts')).writeCard(request))
      return {}
    },
  },
  streams: {
    importDataset: (request, signal) =>
      runJob('importDataset', signal, async () =>
        (await import('./stages/import-stage.ts')).importStage(request, signal),
      ),
    async *measureDataset(request, signal) {
      yield* (await import('./stages/measure-dataset-stage.ts')).measureDatasetStage(request, signal)
    },
    generate: (request, signal) =>
      runJob('generate', signal, async () =>
        (await import('./stages/generate-stage.ts')).generateStage(request, signal),
      ),
    answerPiece: (request, signal) =>
      runJob('answerPiece', signal, async () => (await openPieces()).answerPieceStage(request, signal)),
    finetune: (request, signal) =>
      runJob('finetune', signal, async () =>
        (await import('./stages/finetune-stage.ts')).finetuneStage(request, signal),
      ),
    trainRank: (request, signal) =>
      runJob('trainRank', signal, async () =>
        (await import('./stages/train-rank-stage.ts')).trainRankStage(request, signal),
      ),
    evaluate: (request, signal) =>
      runJob('evaluate', signal, async () =>
        (await import('./stages/evaluate-stage.ts')).evaluateStage(request, signal),
      ),
    answerQuestions: (request, signal) =>
      runJob('answerQuestions', signal, async () =>
        (await import('./stages/answer-questions-stage.ts')).answerQuestionsStage(request, signal),
      ),
    logProbPreference: (request, signal) =>
      runJob('logProbPreference', signal, async () =>
        (await import('./stages/log-prob-preference-stage.ts')).logProbPreferenceStage(request, signal),
      ),
    exportModel: (request, signal) =>
      runJob('exportModel', signal, async () =>
        (await import('./stages/export-stage.ts')).exportStage(request, signal),
      ),
    chat: (request, signal) =>
      runJob('chat', signal, async () => {
        const { chatModels, chatStage } = await import('./stages/chat-stage.ts')
        releaseChat = () => chatModels.release()
        return chatStage(request, signal)
      }),
    benchmark: (request, signal) =>
      runJob('benchmark', signal, async () =>
        (await import('./stages/benchmark-stage.ts')).benchmarkStage(request, signal),
      ),
    benchmarkCost: (request, signal) =>
      runJob('benchmarkCost', signal, async () =>
        (await import('./stages/benchmark-cost-stage.ts')).benchmarkCostStage(request, signal),
      ),
    // Holds no model, and is a look like measureDataset.
    async *contamination(request, signal) {
      yield* (await import('./stages/contamination-stage.ts')).contaminationStage(request, signal)
    },
    forecast: (request, signal) =>
      runJob('forecast', signal, async () =>
        (await import('./stages/forecast-stage.ts')).forecastStage(request, signal),
      ),
  },
})

async function* runJob<T>(
  name: string,
  signal: AbortSignal,
  make: () => Promise<AsyncIterable<T>>,
): AsyncGenerator<T, void, void> {
  try {
    yield* jobs.stream(name, signal, async () => {
      if (name !== 'chat') await releaseChat()
      await releaseScores()
      if (name !== 'answerPiece') await releaseGeneration()
      return make()
    })
  } catch (error) {
    throw diskFullOr(error)
  }
}

async function openPieces() {
  await releaseChat()
  await releaseScores()
  const pieces = await import('./stages/generation-pieces.ts')
  releaseGeneration = pieces.releaseGeneration
  return pieces
}

async function expectDiskSpace<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw diskFullOr(error)
  }
}

/** A full disk is an expected failure wherever it strikes, so it is named here once for all stages. */
function diskFullOr(error: unknown): unknown {
  const { code, path } = error as NodeJS.ErrnoException
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  const where = path ? ` for ${path}` : ''
  const message = `Expected free disk space${where}, found none; free some and run the same command again, it continues where it stopped`
  return new AppError('DISK_FULL', message, { path: path ?? null }, { cause: error })
}

function openPipe(): Socket {
  try {
    const stat = fstatSync(pipeFd)
    if (stat.isSocket() || stat.isFIFO()) return new Socket({ fd: pipeFd, readable: true, writable: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EBADF') throw error
  }
  console.error(
    'Expected a pipe on file descriptor 3, found none; the engine is started by spin-studio, not by hand',
  )
  process.exit(2)
}
