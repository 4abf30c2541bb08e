import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished, vi } from 'vitest'
import type { BenchmarkEvaluation } from '../../../src/contract/app/benchmarks.ts'
import type { BenchmarkSettings } from '../../../src/contract/benchmarks.ts'
import { createApp, type App } from '../../../src/main/app.ts'
import { createBenchmarkHandlers } from '../../../src/main/benchmarks/benchmark-handlers.ts'
import { benchmarksView } from '../../../src/main/benchmarks/benchmark-views.ts'
import { createServices, type Services } from '../../../src/main/services.ts'
import { recordRun } from '../results/result-fixture.ts'

export const starterModel = fileURLToPath(new URL('../../../resources/starter/model/', import.meta.url))
/** Synthetic rows in the schema of each dataset. */
export const benchmarkData = fileURLToPath(new URL('../../golden/benchmarks/data/', import.meta.url))

const never = new AbortController().signal

/** A recorded run whose base and iteration 0 are the starter, and the program on it. */
export function starterRun() {
  const recorded = recordRun({ [-1]: () => 1, 0: () => 3 }, { best: 0 })
  for (const dir of [recorded.modelDir, join(recorded.dir, 'iter-0', 'model')]) {
    rmSync(dir, { recursive: true })
    cpSync(starterModel, dir, { recursive: true })
  }
  return recorded
}

export interface Program {
  app: App
  services: Services
  handlers: ReturnType<typeof createBenchmarkHandlers>
  evaluation(id: number): BenchmarkEvaluation
  start(
    iterations: readonly number[],
    settings: Partial<BenchmarkSettings>,
    besideRun?: boolean,
  ): Promise<number[]>
  /** Waits until it is so. */
  until(id: number, is: (evaluation: BenchmarkEvaluation) => boolean): Promise<BenchmarkEvaluation>
}

/** The program on a record, as after its start. */
export function openProgram({ home, runId }: { home: string; runId: number }): Program {
  const app = createApp({ dataDir: home })
  onTestFinished(() => app.dispose())
  const services = createServices(app, home)
  services.preferences.set({ benchmarkDataDir: benchmarkData })
  const handlers = createBenchmarkHandlers(services)
  const evaluation = (id: number): BenchmarkEvaluation =>
    benchmarksView(runId, {
      store: app.store,
      live: services.benchmarks.live(),
      hasRun: services.board.live() !== null,
      dataDir: null,
    }).evaluations.find((one) => one.id === id)!
  return {
    app,
    services,
    handlers,
    evaluation,
    async start(iterations, settings, besideRun = false) {
      const models = iterations.map((iteration) => ({ runId, iteration }))
      const asked = {
        tasks: ['winogrande'],
        profile: 'harness-0.4.0' as const,
        chatTemplate: false,
        limit: null,
        taskFiles: [],
        ...settings,
      }
      const { ids } = await handlers.calls.startBenchmarks({ models, settings: asked, besideRun }, never)
      return ids
    },
    until: (id, is) =>
      vi.waitFor(
        () => {
          const found = evaluation(id)
          if (!is(found))
            throw new Error(`${found.state}: ${found.problem ?? JSON.stringify(found.progress)}`)
          return found
        },
        { timeout: 120_000, interval: 5 },
      ),
  }
}
