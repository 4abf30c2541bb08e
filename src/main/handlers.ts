import type { AppContract } from '../contract/app.ts'
import type { Handlers } from '../ipc/server.ts'
import type { App } from './app.ts'
import { createBenchmarkHandlers } from './benchmarks/benchmark-handlers.ts'
import { createChatHandlers } from './chat/chat-handlers.ts'
import { createCompareHandlers } from './compare/compare-handlers.ts'
import { createDatasetHandlers } from './datasets/dataset-handlers.ts'
import { createHostHandlers } from './host/host-handlers.ts'
import { createJudgingHandlers } from './judge/judging-handlers.ts'
import { createMachineHandlers } from './machine-handlers.ts'
import { createModelHandlers } from './models/model-handlers.ts'
import { createPlanHandlers } from './plans/plan-handlers.ts'
import { createPreferenceHandlers } from './preferences/preference-handlers.ts'
import { createProjectHandlers } from './projects/project-handlers.ts'
import { createResultHandlers } from './results/result-handlers.ts'
import { createRunHandlers } from './runs/run-handlers.ts'
import { createSampleHandlers } from './samples/sample-handlers.ts'
import { createServices, type Services } from './services.ts'

/** The app's contract → its services: one object of handlers a slice. */
export function createHandlers(app: App, dataDir: string): Handlers<AppContract> {
  return serviceHandlers(createServices(app, dataDir))
}

export function serviceHandlers(services: Services): Handlers<AppContract> {
  const benchmarks = createBenchmarkHandlers(services)
  const chat = createChatHandlers(services)
  const datasets = createDatasetHandlers(services)
  const host = createHostHandlers(services)
  const judging = createJudgingHandlers(services)
  const machine = createMachineHandlers(services)
  const models = createModelHandlers(services)
  const plans = createPlanHandlers(services)
  const preferences = createPreferenceHandlers(services)
  const projects = createProjectHandlers(services)
  const compare = createCompareHandlers(services)
  const results = createResultHandlers(services)
  const runs = createRunHandlers(services)
  const samples = createSampleHandlers(services)
  return {
    calls: {
      ...benchmarks.calls,
      ...chat.calls,
      ...datasets.calls,
      ...host.calls,
      ...judging.calls,
      ...machine.calls,
      ...models.calls,
      ...plans.calls,
      ...preferences.calls,
      ...projects.calls,
      ...compare.calls,
      ...results.calls,
      ...runs.calls,
      ...samples.calls,
    },
    streams: {
      ...benchmarks.streams,
      ...chat.streams,
      ...datasets.streams,
      ...host.streams,
      ...judging.streams,
      ...machine.streams,
      ...plans.streams,
      ...preferences.streams,
      ...projects.streams,
      ...results.streams,
      ...runs.streams,
      ...samples.streams,
    },
  }
}
