import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { app, dialog, nativeTheme, type BrowserWindow } from 'electron'
import type { Command } from '../../contract/app/host.ts'
import type { ComposedApp } from '../compose-app.ts'
import { defaultDataDir } from '../data-dir.ts'
import type { HostServices } from '../host-services.ts'
import { hostWords as words } from '../../strings/host.ts'
import { watchUpdates } from '../updates/watch-updates.ts'
import { readPreferences } from '../preferences/preferences.ts'
import { nextLook } from '../watch-view.ts'
import { guardMain, guardWindow, keepDumpsLocal } from './crash-guard.ts'
import { createDesktopHost } from './desktop-host.ts'
import { keepMenu } from './keep-menu.ts'
import { openMainWindow } from './main-window.ts'
import { registerPageScheme, servePage } from './page-protocol.ts'
import { guardQuit, type QuitGuard } from './quit-guard.ts'
import { serveWindows } from './serve-windows.ts'
import { dataDirOfArguments, projectOfArguments } from './shell-arguments.ts'
import { createTrayIcon } from './tray-icon.ts'
import { createWindowKeeper, type WindowKeeper } from './window-keeper.ts'

export interface ShellOptions {
  /** Folder of package.json; inside app.asar where the program is installed. */
  rootDir: string
  pageDir: string
  /** See watch-updates.ts. */
  updateFeedPath: string | null
  /** Makes the app once the data folder is known. */
  compose(dataDir: string, host: HostServices): ComposedApp
}

const appId = 'org.spin-studio.app'

/** Electron from start to end. */
export async function runShell(options: ShellOptions): Promise<void> {
  const dataDir = dataDirOfArguments(process.argv, process.cwd()) ?? defaultDataDir()
  // Chromium's caches go below our data; one program for each data folder, since the lock lies there.
  const windowDir = join(dataDir, 'window')
  mkdirSync(windowDir, { recursive: true })
  app.setPath('userData', windowDir)
  if (!app.requestSingleInstanceLock()) return app.quit()
  if (readPreferences(dataDir).keepCrashReports) keepDumpsLocal(dataDir)
  registerPageScheme()
  app.setAppUserModelId(appId)
  const opened: string[] = []
  app.on('open-file', (event, path) => {
    event.preventDefault()
    opened.push(path) // before the app is ready; afterwards the listener below acts
  })
  await app.whenReady()

  let composed: ComposedApp | null = null
  const windows = createWindowKeeper(() => openWindow())
  const send = (command: Command): void => composed?.services.commands.send(command)
  try {
    composed = options.compose(dataDir, createDesktopHost(windows, send))
  } catch (error) {
    dialog.showErrorBox(words.crash.cannotStart, error instanceof Error ? error.message : String(error))
    return app.exit(1)
  }
  const { services, attention } = composed
  const { board, crashes, preferences } = services
  guardMain(crashes)
  const quit = guardQuit(windows, () => board.live())
  servePage(options.pageDir)
  serveWindows(composed.handlers)

  function openWindow(): BrowserWindow {
    const window = openMainWindow(options.rootDir, dataDir)
    guardWindow(window, { crashes, isRunLive: () => board.live() !== null, quit: quit.quitNow })
    window.on('focus', () => attention.seen())
    return window
  }
  function openProjectOf(args: readonly string[], workingDir: string): void {
    if (quit.isQuitting) return
    windows.show()
    const projectId = projectOfArguments(services.app.store, args, workingDir)
    if (projectId !== null) send({ command: 'show-project', projectId })
  }
  nativeTheme.themeSource = preferences.get().colorScheme
  preferences.onChange(({ colorScheme }) => {
    nativeTheme.themeSource = colorScheme
  })
  app.on('second-instance', (_event, args, workingDir) => openProjectOf(args.slice(1), workingDir))
  app.on('open-file', (_event, path) => openProjectOf([path], '/'))
  app.on('activate', () => openProjectOf([], '/'))

  const ending = new AbortController()
  const menu = keepMenu(services, send, ending.signal)
  watchUpdates({
    feedPath: options.updateFeedPath,
    version: services.versions['spin-studio'] ?? '',
    preferences,
    host: services.host,
    signal: ending.signal,
  })
  keepTray({ options, windows, quit, composed, signal: ending.signal })
  disposeLast(async () => {
    ending.abort()
    await menu
    await composed?.dispose()
  })
  openProjectOf([...process.argv.slice(app.isPackaged ? 1 : 2), ...opened], process.cwd())
}

/** Closing the window leaves a live run going: the program then stays as an icon in the tray. */
function keepTray({
  options,
  windows,
  quit,
  composed,
  signal,
}: {
  options: ShellOptions
  windows: WindowKeeper
  quit: QuitGuard
  composed: ComposedApp
  signal: AbortSignal
}): void {
  const { board, bell, host, preferences } = composed.services
  const tray = createTrayIcon(join(options.rootDir, 'resources', 'icons', 'png'), {
    open: () => windows.show(),
    quit: quit.quitNow,
  })
  app.on('browser-window-created', () => tray.hide())
  app.on('window-all-closed', () => {
    if (quit.isQuitting || process.platform === 'darwin') return
    if (board.live() === null) return quit.quitNow()
    void stayBehind()
  })
  async function stayBehind(): Promise<void> {
    const { inBackground: title, inBackgroundHelp: body } = words.notice
    if (preferences.get().notifications) host.notify?.({ title, body, open: null })
    while (!signal.aborted && windows.current() === null) {
      tray.show(board.live())
      await nextLook(bell, signal)
    }
    tray.hide()
  }
}

/** The engine and the record are closed before the program ends. */
function disposeLast(dispose: () => Promise<void>): void {
  let isDisposed = false
  let isDisposing = false
  app.on('will-quit', (event) => {
    if (isDisposed) return
    event.preventDefault()
    if (isDisposing) return
    isDisposing = true
    void dispose()
      .catch((error: unknown) => console.error(error))
      .finally(() => {
        isDisposed = true
        app.quit()
      })
  })
}
