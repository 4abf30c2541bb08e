import type { modelsContract } from '../../contract/app/models.ts'
import type { Handlers } from '../../ipc/server.ts'
import type { Services } from '../services.ts'
import { knownModels } from './known-models.ts'

export function createModelHandlers({ app, projects }: Services): Handlers<typeof modelsContract> {
  return {
    calls: {
      models: ({ projectId }) => ({ models: knownModels(app.store, projects, projectId) }),
      inspectModel: ({ dir }, signal) => app.inspector.call('inspectModel', { dir }, { signal }),
    },
    streams: {},
  }
}
