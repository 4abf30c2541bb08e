import { app, dialog, Menu, Notification, powerSaveBlocker, shell, type BrowserWindow } from 'electron'
import type { Command } from '../../contract/app/host.ts'
import { AppError } from '../../contract/errors.ts'
import type { HostProgress, HostServices, Notice } from '../host-services.ts'
import { replaceFile } from '../replace-file.ts'
import type { WindowKeeper } from './window-keeper.ts'

/** What Electron can do for main and the page. `send` reaches the page, also one that is only being opened. */
export function createDesktopHost(windows: WindowKeeper, send: (command: Command) => void): HostServices {
  let blocker: number | null = null
  let shownProgress: HostProgress | null = null
  // A window that is opened again while a run goes on.
  app.on('browser-window-created', (_event, window) => showProgress(window, shownProgress))
  const open = new Set<Notification>() // one that is not held is collected before it is clicked

  function notify({ title, body, open: target }: Notice): void {
    if (windows.current()?.isFocused() || !Notification.isSupported()) return
    const notification = new Notification({ title, body })
    open.add(notification)
    notification.on('close', () => open.delete(notification))
    notification.on('click', () => {
      open.delete(notification)
      windows.show()
      if (target) send({ command: 'show-run', ...target })
    })
    notification.show()
  }

  return {
    kind: 'desktop',
    versions: {
      electron: process.versions['electron'] ?? '',
      chromium: process.versions['chrome'] ?? '',
    },
    async chooseFolder({ title, startIn }) {
      const { filePaths } = await dialog.showOpenDialog(windows.show(), {
        title,
        ...(startIn === null ? {} : { defaultPath: startIn }),
        properties: ['openDirectory', 'createDirectory'],
      })
      return filePaths[0] ?? null
    },
    async chooseFiles({ title, startIn, extensions }) {
      const { filePaths } = await dialog.showOpenDialog(windows.show(), {
        title,
        ...(startIn === null ? {} : { defaultPath: startIn }),
        ...(extensions.length === 0 ? {} : { filters: [{ name: title, extensions: [...extensions] }] }),
        properties: ['openFile', 'multiSelections'],
      })
      return filePaths
    },
    async saveFile(name, bytes) {
      const { filePath } = await dialog.showSaveDialog(windows.show(), { defaultPath: name })
      if (!filePath) return null
      replaceFile(filePath, bytes)
      return filePath
    },
    async showFolder(path) {
      const problem = await shell.openPath(path)
      if (problem !== '')
        throw new AppError('FILE_UNREADABLE', `The system could not show ${path}: ${problem}`, { path })
    },
    showFile: (path) => shell.showItemInFolder(path),
    showMenu() {
      const window = windows.current()
      if (window) Menu.getApplicationMenu()?.popup({ window })
    },
    notify,
    progress(progress) {
      shownProgress = progress
      const window = windows.current()
      if (window) showProgress(window, progress)
      // Linux and macOS have no red bar: a mark on the icon says that something waits.
      if (process.platform !== 'win32') app.setBadgeCount(progress?.state === 'failed' ? 1 : 0)
    },
    keepAwake(on) {
      if (on) blocker ??= powerSaveBlocker.start('prevent-app-suspension')
      else if (blocker !== null) {
        powerSaveBlocker.stop(blocker)
        blocker = null
      }
    },
  }
}

const modes = { running: 'normal', paused: 'paused', failed: 'error' } as const

function showProgress(window: BrowserWindow, progress: HostProgress | null): void {
  if (!progress) window.setProgressBar(-1)
  else if (progress.fraction === null) window.setProgressBar(2, { mode: 'indeterminate' })
  else window.setProgressBar(progress.fraction, { mode: modes[progress.state] })
}
