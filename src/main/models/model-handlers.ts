import type { modelsContract } from '../../contract/app/models.ts'
import type { Handlers } from '../../ipc/server.ts'
import type { Services } from '../services.ts'
import { knownModels } from './known-models.ts'
import { modelDisk } from './model-disk.ts'

export function createModelHandlers(services: Services): Handlers<typeof modelsContract> {
  const { app } = services
  return {
    calls: {
      models: async ({ projectId }) => ({ models: await knownModels(services, projectId) }),
      modelDisk: async ({ dirs }) => ({
        sizes: await Promise.all(dirs.map(async (dir) => ({ dir, bytes: await modelDisk(dir) }))),
      }),
      inspectModel: ({ dir }, signal) => app.inspector.call('inspectModel', { dir }, { signal }),
    },
    streams: {},
  }
}
