import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/**
 * The built main bundle, loaded under plain Node with a stand-in for the `electron` module that writes down what it is
 * asked for. It shows that the parts are wired; it is no substitute for a launch of Electron.
 */
const root = fileURLToPath(new URL('../../..', import.meta.url))
const bundle = join(root, 'out', 'main', 'index.js')

const newestIn = (dir: string): number =>
  Math.max(
    ...readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  )

function buildIfOld(): void {
  const parts = [
    bundle,
    join(root, 'out', 'engine', 'index.js'),
    join(root, 'out', 'preload', 'index.cjs'),
    join(root, 'out', 'renderer', 'index.html'),
  ]
  const sources = ['main', 'ipc', 'contract', 'preload'].map((room) => join(root, 'src', room))
  if (
    parts.every((part) => existsSync(part)) &&
    statSync(bundle).mtimeMs > Math.max(...sources.map(newestIn))
  )
    return
  const builder = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js')
  execFileSync(process.execPath, [builder, 'build', '--logLevel', 'error'], { cwd: root, stdio: 'pipe' })
}

interface Outcome {
  started: string[]
  windowOptions: { webPreferences: Record<string, unknown>; titleBarStyle: string }
  preloadExists: boolean
  page: { status: number; policy: string }
  foreign: number
  host: Record<string, unknown>
  machineCores: number
  strangers: boolean[]
  command: unknown
  theme: unknown
  overlay: { color: string }[]
  chosen: { path: string }
  opened: string[]
  refusedPath: string
  saved: number[]
  sleep: { kind: string[]; ended: number }
  question: { message: string; buttons: string[] }
  endedBeforeAnswer: number
  reports: { what: string; summary: string }[]
  barOfSecondWindow: number
  afterClosing: { quits: number; tray: string; savedState: boolean }
  windowsOpened: number
  ends: number
  disposed: boolean
  errorBoxes: number
  crash: { box: string[]; exit: number[]; reports: string[] }
  notices: string[]
}

let dataDir: string
let outcome: Outcome

beforeAll(() => {
  buildIfOld()
  dataDir = mkdtempSync(join(tmpdir(), 'spin-studio-shell-'))
  const driver = fileURLToPath(new URL('./drive-main-bundle.ts', import.meta.url))
  const { stdout, stderr, status } = spawnSync(process.execPath, [driver, bundle, dataDir], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, SPIN_STUDIO_DATA: dataDir, SPIN_STUDIO_THREADS: '1' },
  })
  if (status !== 0) throw new Error(`The driver ended with ${status}:\n${stderr}`)
  outcome = JSON.parse(stdout) as Outcome
}, 120_000)
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

describe('the built main bundle, with a stand-in for electron', () => {
  it('takes the single-instance lock, keeps crash dumps local and registers its page before it opens a window', () => {
    const order = [
      'app.setPath',
      'app.requestSingleInstanceLock',
      'crashReporter.start',
      'protocol.registerSchemesAsPrivileged',
      'protocol.handle',
      'new BrowserWindow',
      'window.loadURL',
      'window.show',
    ]
    const places = order.map((what) => outcome.started.indexOf(what))
    expect(places).not.toContain(-1)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(outcome.errorBoxes).toBe(0)
  })

  it('opens a sandboxed, isolated window with a preload that is there', () => {
    expect(outcome.windowOptions.webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
    })
    expect(outcome.preloadExists).toBe(true)
  })

  it('serves the page under a strict policy, and no other address', () => {
    expect(outcome.page.status).toBe(200)
    expect(outcome.page.policy).toContain("script-src 'self';")
    expect(outcome.foreign).toBe(404)
  })

  it('answers the contract on the port of its own page', () => {
    expect(outcome.host).toMatchObject({
      kind: 'desktop',
      dialogs: true,
      notifies: true,
      keepsAwake: true,
      dataDir,
    })
    expect(outcome.machineCores).toBeGreaterThan(0)
  })

  it('closes the port of a frame below it, of no frame, and of a page from elsewhere', () => {
    expect(outcome.strangers).toEqual([true, true, true])
  })

  it('sends what is chosen in the menu to the page', () => {
    expect(outcome.command).toEqual({ command: 'go-step-3' })
  })

  it('paints the window and its title bar in the scheme of the preferences', () => {
    expect(outcome.theme).toEqual(['dark'])
    expect(outcome.overlay[0]?.color).toBe('#15171b')
  })

  it('asks the system for folders and files, and shows only folders that the record knows', () => {
    expect(outcome.chosen).toEqual({ path: dataDir })
    expect(outcome.opened).toEqual([dataDir])
    expect(outcome.refusedPath).toContain('found /etc')
    expect(outcome.saved).toEqual([1, 2, 3])
  })

  it('keeps the system awake while a run is live, and lets it sleep at the end', () => {
    expect(outcome.sleep).toEqual({ kind: ['prevent-app-suspension'], ended: 1 })
  })

  it('asks before quitting pauses a live run, and stays when the answer is no', () => {
    expect(outcome.question.message).toMatch(/^Quit while (run 1 is going on|a run is starting)\?$/)
    expect(outcome.question.buttons).toEqual(['Keep running', 'Pause the run and quit'])
    expect(outcome.endedBeforeAnswer).toBe(0)
  })

  it('writes a report when the page crashes, and loads it again when asked', () => {
    expect(outcome.reports).toMatchObject([
      { what: 'window', summary: 'Window process: crashed, exit code 133' },
    ])
  })

  it('keeps a live run going in the tray when the window closes, and opens it again at a second start', () => {
    expect(outcome.afterClosing.quits).toBe(1) // the one that was refused
    expect(outcome.afterClosing.tray).toMatch(/run/i)
    expect(outcome.afterClosing.savedState).toBe(true)
    expect(outcome.windowsOpened).toBe(2)
    expect(outcome.barOfSecondWindow).not.toBe(-1)
    expect(outcome.notices).toContain('The run goes on in the background')
  })

  it('ends with words and a report that quotes nothing when main fails in a way that nobody expected', () => {
    expect(outcome.crash.box[0]).toBe('SPIN Studio has to close')
    expect(outcome.crash.exit).toEqual([1])
    expect(outcome.crash.reports).toHaveLength(1)
    expect(outcome.crash.reports[0]).toContain('TypeError ERR_X')
    expect(outcome.crash.reports[0]).not.toContain('grandmother')
  })

  it('closes engine and record before the program ends, once', () => {
    expect(outcome.disposed).toBe(true)
    expect(outcome.ends).toBe(1)
  })
})
