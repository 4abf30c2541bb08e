import { statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import type { benchmarksContract } from '../../contract/app/benchmarks.ts'
import { AppError } from '../../contract/errors.ts'
import type { Handlers } from '../../ipc/server.ts'
import { fromPortable } from '../loop/portable-paths.ts'
import { openRecord } from '../results/results.ts'
import { readBenchmark, readBenchmarkSettings } from '../runs/recorded-json.ts'
import type { Services } from '../services.ts'
import { watchView } from '../watch-view.ts'
import { askedEvaluation, expectMeasurable } from './asked-evaluation.ts'
import { expectModel } from './benchmark-models.ts'
import { benchmarksView, expectEvaluation } from './benchmark-views.ts'
import { compareRecorded } from './compare-recorded.ts'
import { deleteEvaluation } from './evaluation-files.ts'
import { harnessResults } from './harness-results.ts'
import { fetchBenchmarkData } from './hub/fetch-benchmark-data.ts'
import { hubUrl } from './hub/hub-tree.ts'
import { recordedQuestions } from './recorded-questions.ts'

export function createBenchmarkHandlers({
  app,
  bell,
  board,
  benchmarks,
  preferences,
  dataDir: programDir,
}: Services): Handlers<typeof benchmarksContract> {
  const { store, inspector } = app
  const chosenDir = (): string | null => preferences.get().benchmarkDataDir
  /** Where data is fetched to while no folder was chosen. */
  const dataDir = (): string => chosenDir() ?? join(programDir, 'benchmark-data')
  const tasksIn = async (dir: string, taskFiles: string[], signal: AbortSignal) =>
    (await inspector.call('benchmarkData', { dataDir: dir, taskFiles }, { signal })).tasks
  const changed = (): Record<string, never> => {
    bell.ring()
    benchmarks.pump()
    return {}
  }
  return {
    calls: {
      benchmarkData: async ({ taskFiles }, signal) => ({
        dataDir: chosenDir(),
        tasks: await tasksIn(dataDir(), taskFiles, signal),
      }),
      setBenchmarkDataDir: ({ dir }) => {
        expectFolder(dir)
        preferences.set({ benchmarkDataDir: dir })
        return {}
      },
      startBenchmarks: async ({ models, settings, besideRun }, signal) => {
        const asked = { ...settings, tasks: [...new Set(settings.tasks)] }
        expectMeasurable(asked, await tasksIn(dataDir(), asked.taskFiles, signal))
        const rows = models.map((model) =>
          askedEvaluation(store, { ...model, settings: asked, dataDir: dataDir(), besideRun }, Date.now()),
        )
        // All of them or none: a model that is missing is told before anything waits.
        const ids = store.transaction(() =>
          rows.map((row) => {
            const known = store.benchmarkWith(row.runId, row.iteration, row.settingsKey)
            if (!known) return store.createBenchmark(row)
            if (known.state === 'paused' || known.state === 'failed')
              store.queueBenchmark(known.id, besideRun, row.queuedAt)
            return known.id
          }),
        )
        changed()
        return { ids }
      },
      pauseBenchmark: async ({ id }) => {
        const { state } = expectEvaluation(store, id)
        if (state === 'waiting') store.setBenchmarkState(id, 'paused')
        await benchmarks.stop(id, 'paused')
        return changed()
      },
      resumeBenchmark: ({ id, besideRun }) => {
        const { state } = expectEvaluation(store, id)
        if (state !== 'running' && state !== 'done') store.queueBenchmark(id, besideRun, Date.now())
        return changed()
      },
      removeBenchmark: async ({ id }) => {
        const row = expectEvaluation(store, id)
        if (row.state === 'waiting') store.setBenchmarkState(id, 'paused') // not begun meanwhile
        await benchmarks.stop(id, 'removed')
        await deleteEvaluation(fromPortable(row.outDir, openRecord(store, row.runId).projectDir) as string)
        store.removeBenchmark(id)
        return changed()
      },
      compareBenchmarks: async ({ a, b }) => ({ differences: await compareRecorded(store, a, b) }),
      benchmarkQuestions: (asked) => recordedQuestions(store, asked),
      benchmarkJson: async ({ id }, signal) => {
        const row = expectEvaluation(store, id)
        const { projectDir } = openRecord(store, row.runId)
        const settings = readBenchmarkSettings(row.settings, projectDir)
        const tasks = await tasksIn(row.dataDir, settings.taskFiles, signal)
        if (row.result === null)
          throw new AppError(
            'BAD_INPUT',
            'Expected an evaluation that is done, found one that is not. Wait for it.',
          )
        const results = harnessResults({
          modelDir: fromPortable(row.modelDir, projectDir) as string,
          settings,
          result: readBenchmark(row.result, projectDir),
          tasks,
          startedAt: row.createdAt,
          seconds: row.seconds,
        })
        const date = new Date(row.finishedAt ?? row.createdAt).toISOString().replaceAll(':', '-')
        return { name: `results_${date}.json`, json: `${JSON.stringify(results, null, 2)}\n` }
      },
    },
    streams: {
      watchBenchmarks: ({ runId }, signal) =>
        watchView(
          bell,
          () =>
            benchmarksView(runId, {
              store,
              live: benchmarks.live(),
              hasRun: board.live() !== null,
              dataDir: chosenDir(),
            }),
          signal,
        ),
      async *benchmarkCost({ model, settings }, signal) {
        const modelDir = expectModel(store, model.runId, model.iteration)
        expectMeasurable(settings, await tasksIn(dataDir(), settings.taskFiles, signal))
        yield* inspector.stream('benchmarkCost', { modelDir, dataDir: dataDir(), settings }, { signal })
      },
      async *fetchBenchmarkData({ tasks }, signal) {
        if (chosenDir() === null) preferences.set({ benchmarkDataDir: dataDir() })
        yield* fetchBenchmarkData({ dataDir: dataDir(), tasks, base: hubUrl(), signal })
        bell.ring()
      },
      async *checkContamination({ runId, tasks }, signal) {
        const { row, projectDir } = openRecord(store, runId)
        const dataset = store.datasets(row.projectId).at(-1)
        if (!dataset)
          throw new AppError(
            'BAD_INPUT',
            'Expected the reformatted rows of the run, found none yet. Start the run first.',
          )
        const trainPath = fromPortable(dataset.trainPath, projectDir) as string
        for await (const event of inspector.stream(
          'contamination',
          { dataDir: dataDir(), tasks, trainPath },
          { signal },
        )) {
          if (event.kind === 'done') {
            store.saveContamination(runId, JSON.stringify(event), Date.now())
            bell.ring()
          }
          yield event
        }
      },
    },
  }
}

function expectFolder(dir: string): void {
  const isFolder = isAbsolute(dir) && statSync(dir, { throwIfNoEntry: false })?.isDirectory()
  if (isFolder) return
  throw new AppError(
    'BAD_INPUT',
    `Expected a folder with the benchmarks' datasets, found ${dir}. Choose another.`,
    {
      path: dir,
    },
  )
}
