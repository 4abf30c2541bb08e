import type { AppContract } from '../contract/app.ts'
import type { Handlers } from '../ipc/server.ts'
import type { App } from './app.ts'
import { createMachineHandlers } from './machine-handlers.ts'
import { createModelHandlers } from './models/model-handlers.ts'
import { createProjectHandlers } from './projects/project-handlers.ts'
import { createRunHandlers } from './runs/run-handlers.ts'
import { createServices } from './services.ts'

/** The app's contract → its services: one object of handlers a slice. */
export function createHandlers(app: App, dataDir: string): Handlers<AppContract> {
  const services = createServices(app, dataDir)
  const machine = createMachineHandlers(services)
  const models = createModelHandlers(services)
  const projects = createProjectHandlers(services)
  const runs = createRunHandlers(services)
  return {
    calls: {
      ...machine.calls,
      ...models.calls,
      ...projects.calls,
      ...runs.calls,
    },
    streams: {
      ...projects.streams,
      ...runs.streams,
    },
  }
}
