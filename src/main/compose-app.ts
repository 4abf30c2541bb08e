import type { AppContract } from '../contract/app.ts'
import type { Handlers } from '../ipc/server.ts'
import { createApp } from './app.ts'
import { payAttention, type Attention } from './attention/attention.ts'
import { reportEngineExit } from './diagnostics/crash-reports.ts'
import { askedDevice } from './devices/asked-device.ts'
import { deviceParts } from './devices/device-parts.ts'
import { findChoice } from './devices/list-devices.ts'
import type { EngineProcessOptions } from './engine-process.ts'
import { serviceHandlers } from './handlers.ts'
import type { HostServices } from './host-services.ts'
import { readPreferences } from './preferences/preferences.ts'
import { createServices, type Services } from './services.ts'

export interface ComposedApp {
  services: Services
  handlers: Handlers<AppContract>
  attention: Attention
  dispose(): Promise<void>
}

/** The app for hosts that show the page: the composition root, its services, and what they tell the host. */
export function composeApp(dataDir: string, host: HostServices): ComposedApp {
  const engine: EngineProcessOptions = {
    onExit: (exit) => reportEngineExit(services.crashes, exit),
  }
  const { devices: shared } = readPreferences(dataDir)
  const app = createApp({
    dataDir,
    setupDir: dataDir,
    engine,
    devices: shared.length > 1 ? shared : [],
    chooseDevice: async () => {
      const asked = () => askedDevice({ env: process.env, settings: readPreferences(dataDir).device })
      return await findChoice(deviceParts({ measure: false, asked, inUseId: null, dataDir }))
    },
  })
  const services = createServices(app, dataDir, host)
  const { board, benchmarks, judgings, bell, preferences } = services
  // Of pages that are gone: what they dropped and nobody chose.
  services.uploads.clear()
  const attention = payAttention({ store: app.store, board, benchmarks, judgings, bell, preferences, host })
  return {
    services,
    handlers: serviceHandlers(services),
    attention,
    async dispose() {
      await attention.end()
      await app.dispose()
    },
  }
}
