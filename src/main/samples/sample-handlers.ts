import { existsSync } from 'node:fs'
import type { SampleSetRequest, SampleTokens } from '../../contract/app/samples.ts'
import type { samplesContract } from '../../contract/app/samples.ts'
import { AppError } from '../../contract/errors.ts'
import type { Handlers } from '../../ipc/server.ts'
import type { Services } from '../services.ts'
import { watchView } from '../watch-view.ts'
import { exportSamples } from './export-samples.ts'
import { sampleSet, samplesView } from './sample-sets.ts'

export function createSampleHandlers({ app, bell, projects }: Services): Handlers<typeof samplesContract> {
  const { store, inspector } = app
  const setOf = ({ projectId, iteration, split }: SampleSetRequest) =>
    sampleSet(store, projects.row(projectId), { iteration, split })

  async function tokens(
    request: SampleSetRequest & { row: number },
    signal: AbortSignal,
  ): Promise<SampleTokens> {
    const { set, files } = setOf(request)
    if (set.modelDir === null)
      throw new AppError(
        'BAD_INPUT',
        `Iteration ${set.iteration} has no model yet. Its tokens can be scored after training.`,
      )
    for (const dir of [set.modelDir, set.opponentDir]) {
      if (existsSync(dir)) continue
      throw new AppError(
        'FILE_NOT_FOUND',
        `Expected the model in ${dir}, found nothing: it was moved or deleted. Texts and rewards are still here; token colours need both models.`,
        { path: dir },
      )
    }
    const [row] = (await inspector.call('sampleRows', { ...files, rows: [request.row] }, { signal })).rows
    if (!row)
      throw new AppError('BAD_INPUT', `Expected row ${request.row} in ${files.pairsPath}, found none.`)
    const { real, generated, generatedFinish, answer, answerFinish } = row
    const scoring = inspector.call(
      'tokenScores',
      {
        modelDir: set.modelDir,
        opponentDir: set.opponentDir,
        promptFormat: set.promptFormat,
        prompt: row.prompt,
        answers: [
          { text: real, finish: 'stop' },
          { text: generated, finish: generatedFinish },
          ...(answer === null ? [] : [{ text: answer, finish: answerFinish }]),
        ],
        evaluated: set.evaluated,
      },
      { signal },
    )
    const { promptTokens, answers } = await scoring.catch((error: unknown) => {
      throw busyInWords(error)
    })
    const [human, opponent, newModel = null] = answers
    return { promptTokens, human: human!, opponent: opponent!, newModel }
  }

  return {
    calls: {
      sampleOrder: (request, signal) => {
        const { filter, search, sort, projectId } = request
        const { files } = setOf(request)
        const flagged = store.sampleFlags(projectId)
        return inspector.call('sampleOrder', { ...files, filter, search, sort, flagged }, { signal })
      },
      sampleLines: (request, signal) =>
        inspector.call('sampleLines', { ...setOf(request).files, rows: request.rows }, { signal }),
      sampleRow: async (request, signal) => {
        const asked = { ...setOf(request).files, rows: [request.row] }
        return { row: (await inspector.call('sampleRows', asked, { signal })).rows[0] ?? null }
      },
      sampleTokens: tokens,
      sampleFlags: ({ projectId }) => ({ ids: store.sampleFlags(projects.row(projectId).id) }),
      flagSample: ({ projectId, id, flagged }) => {
        store.flagSample(projects.row(projectId).id, id, flagged, Date.now())
        return { ids: store.sampleFlags(projectId) }
      },
    },
    streams: {
      samples: ({ projectId }, signal) =>
        watchView(bell, () => samplesView(store, projects.row(projectId)), signal),
      exportSamples: (request, signal) => {
        const { projectId, iteration, split, ...query } = request
        const { files } = setOf(request)
        const flagged = store.sampleFlags(projectId)
        return exportSamples({ inspector, files, query, flagged, set: { iteration, split }, signal })
      },
    },
  }
}

const jobs: Record<string, string> = {
  chat: 'an answer in Chat',
  forecast: 'a forecast',
  importDataset: 'reading a dataset',
  exportModel: 'an export',
}

function busyInWords(error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== 'BUSY') return error
  const running = String(error.data['running'] ?? '')
  return new AppError(
    'BUSY',
    `Token colours wait for ${jobs[running] ?? 'another job'} to end.`,
    error.data,
    { cause: error },
  )
}
