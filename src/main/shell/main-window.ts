import { join } from 'node:path'
import { BrowserWindow, nativeTheme, screen, shell } from 'electron'
import { pageOrigin } from './page-protocol.ts'
import { titleBarHeight, titleBarOverlay, windowColors } from './window-colors.ts'
import { keepWindowState, placeWindow, readWindowState, smallestWindow } from './window-state.ts'
import { hostWords } from '../../strings/host.ts'

/** The one window: sandboxed, isolated, never anywhere but on our own page. */
export function openMainWindow(rootDir: string, dataDir: string): BrowserWindow {
  const { maximised, ...place } = placeWindow(readWindowState(dataDir), screen.getAllDisplays())
  const isDark = nativeTheme.shouldUseDarkColors
  const window = new BrowserWindow({
    ...place,
    minWidth: smallestWindow.width,
    minHeight: smallestWindow.height,
    show: false,
    title: hostWords.app,
    backgroundColor: windowColors(isDark).surface,
    // The page draws the title bar; the system's own buttons lie on it.
    titleBarStyle: 'hidden',
    ...(process.platform === 'linux' && { icon: join(rootDir, 'resources', 'icons', 'png', '512x512.png') }),
    ...(process.platform === 'darwin'
      ? { titleBarOverlay: true, trafficLightPosition: { x: 16, y: (titleBarHeight - 16) / 2 } }
      : { titleBarOverlay: titleBarOverlay(isDark) }),
    webPreferences: {
      preload: join(rootDir, 'out', 'preload', 'index.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
    },
  })
  if (maximised) window.maximize()
  keepWindowState(window, dataDir)
  keepOnOurPage(window)
  paintAsTheme(window)
  window.once('ready-to-show', () => window.show())
  void window.loadURL(`${pageOrigin}/`)
  return window
}

function keepOnOurPage({ webContents }: BrowserWindow): void {
  webContents.on('will-navigate', (event) => {
    if (!event.url.startsWith(`${pageOrigin}/`)) event.preventDefault()
  })
  webContents.on('will-attach-webview', (event) => event.preventDefault())
  webContents.setWindowOpenHandler(({ url }) => {
    if (url.startsWith('https://')) void shell.openExternal(url)
    return { action: 'deny' }
  })
  // "Copy as table" writes to the clipboard; nothing else of the system is asked for.
  const allowed = (permission: string): boolean => permission === 'clipboard-sanitized-write'
  webContents.session.setPermissionRequestHandler((_contents, permission, answer) =>
    answer(allowed(permission)),
  )
  webContents.session.setPermissionCheckHandler((_contents, permission) => allowed(permission))
}

function paintAsTheme(window: BrowserWindow): void {
  function paint(): void {
    const isDark = nativeTheme.shouldUseDarkColors
    window.setBackgroundColor(windowColors(isDark).surface)
    if (process.platform !== 'darwin') window.setTitleBarOverlay(titleBarOverlay(isDark))
  }
  nativeTheme.on('updated', paint)
  window.on('closed', () => nativeTheme.off('updated', paint))
}
