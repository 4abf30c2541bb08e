import { EventEmitter } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { AppContract } from '../../../src/contract/app.ts'
import { connect, type Client } from '../../../src/ipc/client.ts'
import { createPortWire } from '../../../src/ipc/port-wire.ts'

/**
 * Loads the built Electron main bundle under plain Node, with a recording stand-in for the `electron` module, and does
 * with it what Electron would: opens, connects, clicks, closes. Prints one JSON object of what came of it.
 */
const [bundle = '', dataDir = ''] = process.argv.slice(2)
const standIn = new URL('./electron-stand-in.ts', import.meta.url).href
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: standIn, shortCircuit: true } : next(specifier, context),
})
const electron = await import('./electron-stand-in.ts')
const { app, answers, recorded, openWindows, ipcMain, dialog: _dialog } = electron

/** The shape of Electron's MessagePortMain: an emitter whose message carries `{ data }`. */
class PortMain extends EventEmitter {
  readonly #port: MessagePort
  closed = false
  constructor(port: MessagePort) {
    super()
    this.#port = port
    port.on('message', (data: unknown) => this.emit('message', { data }))
    port.on('close', () => this.emit('close'))
  }
  postMessage = (message: unknown): void => this.#port.postMessage(message)
  start = (): void => this.#port.start()
  close(): void {
    this.closed = true
    this.#port.close()
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 20) {
    if (waited > 20_000)
      throw new Error(`Waited 20 s for ${what}; recorded: ${recorded.map((r) => r.what).join(', ')}`)
    await pause(20)
  }
}
const times = (what: string): number => recorded.filter((entry) => entry.what === what).length
const last = (what: string): unknown[] | null =>
  recorded.findLast((entry) => entry.what === what)?.args ?? null

/** The page of a window connects, as the preload makes it. */
function connectFrom(
  senderFrame: object | null,
  sender: object,
): { port: PortMain; client: Client<AppContract> } {
  const { port1, port2 } = new MessageChannel()
  const port = new PortMain(port1)
  ipcMain.emit('connect', { sender, senderFrame, ports: [port] })
  return { port, client: connect<AppContract>(createPortWire(port2)) }
}

interface Item {
  label?: string
  click?: () => void
  submenu?: Item[]
}
const findItem = (items: readonly Item[], label: string): Item | undefined => {
  for (const item of items) {
    const found = item.label === label ? item : findItem(item.submenu ?? [], label)
    if (found) return found
  }
  return undefined
}
const refusalOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'accepted',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )

await import(pathToFileURL(bundle).href)
await until('the window', () => openWindows.length === 1)
const window = openWindows[0]!
const { webContents } = window
const started = recorded.map(({ what }) => what)
const windowOptions = last('new BrowserWindow')?.[0] as { webPreferences: { preload: string } }

// The page is served, and nothing else.
const page = await electron.serveRequest!(new Request('app://spin-studio/'))
const foreign = await electron.serveRequest!(new Request('app://elsewhere/'))

// Our page in the top frame is served the contract; a foreign page, a frame in it and none at all are not.
const { client } = connectFrom(webContents.mainFrame, webContents)
await client.ready
const host = await client.call('host', {})
const machine = await client.call('machine', {})
const strangers = [
  connectFrom({ url: 'app://spin-studio/' }, webContents).port.closed, // a frame that is not the top one
  connectFrom(null, webContents).port.closed,
]
webContents.mainFrame.url = 'https://example.com/'
strangers.push(connectFrom(webContents.mainFrame, webContents).port.closed)
webContents.mainFrame.url = 'app://spin-studio/'

// Menu → page.
const commands = client.stream('commands', {})[Symbol.asyncIterator]()
const nextCommand = commands.next()
await until('the menu', () => electron.menuTemplate.length > 0)
findItem(electron.menuTemplate, 'Plan')!.click!()
const command = (await nextCommand).value as unknown

// Page → system.
await client.call('setPreferences', { colorScheme: 'dark' })
answers.openDialog = [dataDir]
const chosen = await client.call('chooseFolder', { title: 'Choose a model' })
await client.call('openPath', { path: dataDir })
const refusedPath = await refusalOf(client.call('openPath', { path: '/etc' }))
answers.saveDialog = join(dataDir, 'saved.bin')
await client.call('saveFile', { name: 'saved.bin', bytes: new Uint8Array([1, 2, 3]) })
const saved = [...readFileSync(answers.saveDialog)]

// A run is live: no sleep, progress; closing the window keeps it, quitting asks.
window.focused = false
await client.call('startStarter', { iterations: 1 })
await until('no sleep', () => times('powerSaveBlocker.start') === 1)
await until('progress', () => times('window.setProgressBar') > 0)
answers.messageBox = 0
app.quit()
await until('the question', () => times('dialog.showMessageBox') === 1)
const question = last('dialog.showMessageBox')?.[0] as { message: string; buttons: string[] }
const endedBeforeAnswer = times('app.ended')

// The page's process crashes: a report and, asked, a reload.
webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 133 })
await until('the reload', () => times('webContents.reload') === 1)
const { reports } = await client.call('crashReports', {})

window.close()
await until('the tray', () => times('tray.setToolTip') > 0)
const afterClosing = {
  quits: times('app.quit'),
  tray: last('tray.setToolTip')?.[0],
  savedState: existsSync(join(dataDir, 'window.json')),
}

// Started a second time, the window comes back; then quitting is answered with yes.
const barsBefore = times('window.setProgressBar')
app.emit('second-instance', {}, ['spin-studio'], '/')
await until('the window again', () => openWindows.length === 1)

await until('the bar of the new window', () => times('window.setProgressBar') > barsBefore)
const barOfSecondWindow = last('window.setProgressBar')?.[0]
answers.messageBox = 1
app.quit()
await app.ended
const disposed = !existsSync(join(dataDir, 'app.sqlite-wal'))

// What nobody expected: a report without the words of the error, a box, and the end.
const boxesBefore = times('dialog.showErrorBox')
process.emit('uncaughtException', Object.assign(new TypeError('Dear grandmother'), { code: 'ERR_X' }))
const crash = {
  box: last('dialog.showErrorBox'),
  exit: last('app.exit'),
  reports: readdirSync(join(dataDir, 'crash-reports'))
    .filter((name) => name.endsWith('-program.json'))
    .map((name) => readFileSync(join(dataDir, 'crash-reports', name), 'utf8')),
}

console.log(
  JSON.stringify({
    started,
    windowOptions,
    preloadExists: existsSync(windowOptions.webPreferences.preload),
    page: { status: page.status, policy: page.headers.get('content-security-policy') },
    foreign: foreign.status,
    host,
    machineCores: machine.cores,
    strangers,
    command,
    theme: last('nativeTheme.themeSource'),
    overlay: last('window.setTitleBarOverlay'),
    chosen,
    opened: last('shell.openPath'),
    refusedPath,
    saved,
    sleep: { kind: last('powerSaveBlocker.start'), ended: times('powerSaveBlocker.stop') },
    question,
    endedBeforeAnswer,
    reports,
    afterClosing,
    windowsOpened: times('new BrowserWindow'),
    ends: times('app.ended'),
    disposed,
    errorBoxes: boxesBefore,
    crash,
    notices: electron.notifications.map(({ options }) => options.title),
    barOfSecondWindow,
  }),
)
process.exit(0)
