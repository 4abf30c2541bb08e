import { app, dialog, powerMonitor } from 'electron'
import { hostWords as words } from '../../strings/host.ts'
import type { LiveRun } from '../runs/run-board.ts'
import type { WindowKeeper } from './window-keeper.ts'

export interface QuitGuard {
  /** The program is on its way out: windows close for good. */
  readonly isQuitting: boolean
  /** Without a question: asked for by name, or the system is shutting down. */
  quitNow(): void
}

/** Asks once before a live run is paused by quitting; the end of the session is not asked about. */
export function guardQuit(windows: WindowKeeper, live: () => LiveRun | null): QuitGuard {
  let isQuitting = false
  let isAsking = false

  function quitNow(): void {
    isQuitting = true
    app.quit()
  }
  async function ask(run: number | null): Promise<void> {
    isAsking = true
    const options = {
      type: 'question' as const,
      message: words.quit.question(run),
      detail: words.quit.detail,
      buttons: [words.quit.keep, words.quit.quit],
      defaultId: 0,
      cancelId: 0,
    }
    const window = windows.current()
    const { response } = window
      ? await dialog.showMessageBox(window, options)
      : await dialog.showMessageBox(options)
    isAsking = false
    if (response === 1) quitNow()
  }
  app.on('before-quit', (event) => {
    const run = live()
    if (isQuitting || run === null) {
      isQuitting = true
      return
    }
    event.preventDefault()
    if (!isAsking) void ask(run.runId)
  })
  if (process.platform !== 'win32') powerMonitor.on('shutdown', quitNow)
  return {
    get isQuitting() {
      return isQuitting
    },
    quitNow,
  }
}
