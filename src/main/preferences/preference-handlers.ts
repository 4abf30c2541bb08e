import type { preferencesContract } from '../../contract/app/preferences.ts'
import type { Handlers } from '../../ipc/server.ts'
import { describeProgram } from '../diagnostics/about.ts'
import { diagnosticsBundle } from '../diagnostics/diagnostics-bundle.ts'
import { describeMachine } from '../machine.ts'
import { askCards } from '../machine/nvidia-smi.ts'
import { programFiles } from '../program-files.ts'
import type { Services } from '../services.ts'
import { watchView } from '../watch-view.ts'

const crashesInDiagnostics = 10
/** How long an engine that does not answer may hold up what is shown of it. */
const engineWaitMs = 5000

export function createPreferenceHandlers({
  app,
  dataDir,
  bell,
  host,
  versions,
  preferences,
  crashes,
}: Services): Handlers<typeof preferencesContract> {
  /** The engine's parts too, where it starts. */
  async function allVersions(): Promise<Record<string, string>> {
    const signal = AbortSignal.timeout(engineWaitMs)
    try {
      return { ...(await app.engine.call('describe', {}, { signal })).versions, ...versions }
    } catch (error) {
      console.error(error) // an engine that does not start is what diagnostics are for
      return { ...versions }
    }
  }
  return {
    calls: {
      setPreferences: (change) => preferences.set(change),
      diagnostics: async () => ({
        name: `spin-studio-diagnostics-${new Date().toISOString().slice(0, 10)}.json.gz`,
        bytes: diagnosticsBundle({
          versions: await allVersions(),
          host: host.kind,
          machine: describeMachine(dataDir),
          cards: await askCards(),
          preferences: preferences.get(),
          crashes: crashes.read(crashesInDiagnostics),
          engineLog: app.engineLog(),
          store: app.store,
        }),
      }),
      crashReports: () => ({ dir: crashes.dir, reports: crashes.list() }),
      deleteCrashReports: () => ({ deleted: crashes.deleteAll() }),
      about: async () => describeProgram(programFiles, await allVersions()),
    },
    streams: {
      preferences: (_, signal) => watchView(bell, () => preferences.get(), signal),
    },
  }
}
