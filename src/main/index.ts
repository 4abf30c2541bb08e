import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createApp } from './app.ts'
import { createHandlers } from './handlers.ts'
import { runShell } from './shell/run-shell.ts'

/** Electron's entry: the composition root, in a window. */
const outDir = dirname(dirname(fileURLToPath(import.meta.url)))

// Not awaited here: Electron is only ready once this module has been read to its end.
void runShell(outDir, (dataDir) => {
  const app = createApp({ dataDir })
  return { handlers: createHandlers(app, dataDir), dispose: () => app.dispose() }
})
