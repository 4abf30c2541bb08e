import { EventEmitter } from 'node:events'

/**
 * Stands where the `electron` module stands and writes down what it is asked for. It opens nothing: that the calls are
 * right for Electron itself only a launch can show.
 */
export interface Recorded {
  what: string
  args: unknown[]
}
export const recorded: Recorded[] = []
const record = (what: string, ...args: unknown[]): void => void recorded.push({ what, args })

/** What dialogs answer next. */
export const answers = { messageBox: 0, openDialog: [] as string[], saveDialog: '' }
export const openWindows: BrowserWindow[] = []
export const notifications: Notification[] = []
export let menuTemplate: MenuItem[] = []
export let serveRequest: ((request: Request) => Promise<Response>) | null = null

interface MenuItem {
  label?: string
  role?: string
  accelerator?: string
  registerAccelerator?: boolean
  click?: () => void
  submenu?: MenuItem[]
}

function preventable(): { defaultPrevented: boolean; preventDefault(): void } {
  return {
    defaultPrevented: false,
    preventDefault() {
      this.defaultPrevented = true
    },
  }
}

class App extends EventEmitter {
  isPackaged = false
  ended: Promise<void>
  #end: () => void = () => undefined
  constructor() {
    super()
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }
  setPath = (name: string, path: string): void => record('app.setPath', name, path)
  requestSingleInstanceLock(): boolean {
    record('app.requestSingleInstanceLock')
    return true
  }
  setAppUserModelId = (id: string): void => record('app.setAppUserModelId', id)
  setBadgeCount = (count: number): void => record('app.setBadgeCount', count)
  addRecentDocument = (path: string): void => record('app.addRecentDocument', path)
  whenReady = (): Promise<void> => Promise.resolve()
  exit(code: number): void {
    record('app.exit', code)
    this.#end()
  }
  /** In Electron's order: before-quit, the windows, will-quit, quit. */
  quit(): void {
    record('app.quit')
    const before = preventable()
    this.emit('before-quit', before)
    if (before.defaultPrevented) return
    for (const window of openWindows.slice()) window.close(true)
    const will = preventable()
    this.emit('will-quit', will)
    if (will.defaultPrevented) return
    record('app.ended')
    this.#end()
  }
}
export const app = new App()

class WebContents extends EventEmitter {
  mainFrame = { url: '' }
  session = {
    setPermissionRequestHandler: (): void => record('session.setPermissionRequestHandler'),
    setPermissionCheckHandler: (): void => record('session.setPermissionCheckHandler'),
  }
  setWindowOpenHandler = (): void => record('webContents.setWindowOpenHandler')
  reload = (): void => record('webContents.reload')
  forcefullyCrashRenderer = (): void => record('webContents.forcefullyCrashRenderer')
}

export class BrowserWindow extends EventEmitter {
  webContents = new WebContents()
  focused = true
  #destroyed = false
  constructor(options: object) {
    super()
    record('new BrowserWindow', options)
    openWindows.push(this)
    queueMicrotask(() => app.emit('browser-window-created', {}, this))
  }
  async loadURL(url: string): Promise<void> {
    record('window.loadURL', url)
    this.webContents.mainFrame.url = url
    this.emit('ready-to-show')
  }
  /** `byQuit`: the last window's end is then no reason to quit. */
  close(byQuit = false): void {
    this.emit('close', preventable())
    this.#destroyed = true
    openWindows.splice(openWindows.indexOf(this), 1)
    this.emit('closed')
    if (!byQuit && openWindows.length === 0) app.emit('window-all-closed')
  }
  show = (): void => record('window.show')
  focus = (): void => record('window.focus')
  restore = (): void => record('window.restore')
  maximize = (): void => record('window.maximize')
  setProgressBar = (value: number, options?: object): void => record('window.setProgressBar', value, options)
  setBackgroundColor = (color: string): void => record('window.setBackgroundColor', color)
  setTitleBarOverlay = (overlay: object): void => record('window.setTitleBarOverlay', overlay)
  getNormalBounds = () => ({ x: 40, y: 50, width: 1200, height: 800 })
  isDestroyed = (): boolean => this.#destroyed
  isMinimized = (): boolean => false
  isMaximized = (): boolean => false
  isFullScreen = (): boolean => false
  isFocused = (): boolean => this.focused
}

class Theme extends EventEmitter {
  #source = 'system'
  get themeSource(): string {
    return this.#source
  }
  set themeSource(source: string) {
    this.#source = source
    record('nativeTheme.themeSource', source)
    this.emit('updated')
  }
  get shouldUseDarkColors(): boolean {
    return this.#source === 'dark'
  }
}
export const nativeTheme = new Theme()

export class Notification extends EventEmitter {
  static isSupported = (): boolean => true
  readonly options: { title: string; body: string }
  constructor(options: { title: string; body: string }) {
    super()
    this.options = options
    notifications.push(this)
  }
  show = (): void => record('notification.show', this.options.title, this.options.body)
}

export class Tray extends EventEmitter {
  constructor(icon: unknown) {
    super()
    record('new Tray', icon)
  }
  setToolTip = (text: string): void => record('tray.setToolTip', text)
  setContextMenu = (): void => record('tray.setContextMenu')
  destroy = (): void => record('tray.destroy')
}

export const Menu = {
  buildFromTemplate: (template: MenuItem[]): MenuItem[] => template,
  setApplicationMenu(template: MenuItem[]): void {
    record('Menu.setApplicationMenu')
    menuTemplate = template
  },
  getApplicationMenu: () => ({ popup: (): void => record('menu.popup') }),
}
export const dialog = {
  showErrorBox: (title: string, text: string): void => record('dialog.showErrorBox', title, text),
  async showMessageBox(...args: unknown[]): Promise<{ response: number }> {
    record('dialog.showMessageBox', args.at(-1))
    return { response: answers.messageBox }
  },
  async showOpenDialog(_window: unknown, options: object): Promise<{ filePaths: string[] }> {
    record('dialog.showOpenDialog', options)
    return { filePaths: answers.openDialog }
  },
  async showSaveDialog(_window: unknown, options: object): Promise<{ filePath: string }> {
    record('dialog.showSaveDialog', options)
    return { filePath: answers.saveDialog }
  },
}
export const shell = {
  async openPath(path: string): Promise<string> {
    record('shell.openPath', path)
    return ''
  },
  async openExternal(url: string): Promise<void> {
    record('shell.openExternal', url)
  },
  showItemInFolder: (path: string): void => record('shell.showItemInFolder', path),
}
export const protocol = {
  registerSchemesAsPrivileged: (schemes: object): void =>
    record('protocol.registerSchemesAsPrivileged', schemes),
  handle(scheme: string, handler: (request: Request) => Promise<Response>): void {
    record('protocol.handle', scheme)
    serveRequest = handler
  },
}
export const powerSaveBlocker = {
  start(kind: string): number {
    record('powerSaveBlocker.start', kind)
    return 7
  },
  stop: (id: number): void => record('powerSaveBlocker.stop', id),
}
export const ipcMain = new EventEmitter()
export const powerMonitor = new EventEmitter()
export const nativeImage = { createFromPath: (path: string): string => path }
export const crashReporter = { start: (options: object): void => record('crashReporter.start', options) }
export const screen = { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] }
