import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { app, crashReporter, dialog, type BrowserWindow } from 'electron'
import { reportError, type CrashReports } from '../diagnostics/crash-reports.ts'
import { hostWords } from '../../strings/host.ts'

const words = hostWords.crash

/** Before the app is ready: Chromium's own dumps stay in the data folder and are never sent. */
export function keepDumpsLocal(dataDir: string): void {
  const dir = join(dataDir, 'crash-reports', 'dumps')
  mkdirSync(dir, { recursive: true })
  app.setPath('crashDumps', dir)
  crashReporter.start({ uploadToServer: false })
}

/** What nobody expected ends the program, with a report and words; its engine ends with its pipe and runs can be gone on with. */
export function guardMain(crashes: CrashReports): void {
  let isEnding = false
  process.on('uncaughtException', (error) => {
    console.error(error)
    if (isEnding) return // by the ending itself
    isEnding = true
    const report = reportError(crashes, 'program', error)
    dialog.showErrorBox(words.title, words.detail(report))
    app.exit(1)
  })
  app.on('child-process-gone', (_event, { type, reason, exitCode }) => {
    if (reason !== 'clean-exit')
      crashes.write('program', `${type} process: ${reason}, exit code ${exitCode}`, [])
  })
}

/** A window that crashed or does not answer can be loaded again: all that it showed is in main. */
export function guardWindow(
  window: BrowserWindow,
  { crashes, isRunLive, quit }: { crashes: CrashReports; isRunLive: () => boolean; quit: () => void },
): void {
  let isAsking = false
  /** The next end of the page's process is our own doing. */
  let isForced = false

  async function ask(message: string, detail: string, refuse: string): Promise<boolean> {
    isAsking = true
    const { response } = await dialog.showMessageBox(window, {
      type: 'warning',
      message,
      detail,
      buttons: [words.reload, refuse],
      defaultId: 0,
      cancelId: 0,
    })
    isAsking = false
    return response === 0
  }
  async function gone(): Promise<void> {
    const reload = await ask(words.window, words.windowDetail(isRunLive()), words.quit)
    if (!reload) quit()
    else if (!window.isDestroyed()) window.webContents.reload()
  }
  async function stuck(): Promise<void> {
    const reload = await ask(words.stuck, words.windowDetail(isRunLive()), words.wait)
    if (reload && !window.isDestroyed()) {
      isForced = true
      window.webContents.forcefullyCrashRenderer()
      window.webContents.reload()
    }
  }
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    const isOurs = isForced
    isForced = false
    if (reason === 'clean-exit' || isOurs) return
    crashes.write('window', `Window process: ${reason}, exit code ${exitCode}`, [])
    if (!isAsking) void gone()
  })
  window.on('unresponsive', () => {
    if (!isAsking) void stuck()
  })
}
