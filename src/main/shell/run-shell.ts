import { join } from 'node:path'
import { app, dialog } from 'electron'
import type { AppContract } from '../../contract/app.ts'
import type { Handlers } from '../../ipc/server.ts'
import { openMainWindow } from './main-window.ts'
import { registerPageScheme, servePage } from './page-protocol.ts'
import { serveWindows } from './serve-windows.ts'

export interface ShellParts {
  handlers: Handlers<AppContract>
  dispose(): Promise<void>
}

/** Electron from start to end. `compose` makes the services once the data folder is known. */
export async function runShell(outDir: string, compose: (dataDir: string) => ShellParts): Promise<void> {
  if (!app.requestSingleInstanceLock()) return app.quit()
  registerPageScheme()
  await app.whenReady()
  let parts: ShellParts
  try {
    parts = compose(process.env['SPIN_STUDIO_DATA'] ?? app.getPath('userData'))
  } catch (error) {
    dialog.showErrorBox('SPIN Studio cannot start', error instanceof Error ? error.message : String(error))
    return app.exit(1)
  }
  servePage(join(outDir, 'renderer'))
  serveWindows(parts.handlers)
  let window = openMainWindow(join(outDir, 'preload', 'index.cjs'))
  app.on('second-instance', () => {
    if (window.isMinimized()) window.restore()
    window.focus()
  })
  app.on('activate', () => {
    if (window.isDestroyed()) window = openMainWindow(join(outDir, 'preload', 'index.cjs'))
  })
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  let disposed = false
  app.on('will-quit', (event) => {
    if (disposed) return
    event.preventDefault() // the engine and the record are closed first
    void parts.dispose().finally(() => {
      disposed = true
      app.quit()
    })
  })
}
