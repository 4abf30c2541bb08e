import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, type Page } from '@playwright/test'
import { findAppTestHost } from '../../scripts/app-test-host.mjs'
import { endProcesses, startElectron, startServer, type StartedApp } from './app-process.ts'
import { recordFinishedRun } from './recorded-run.ts'
import { makeSmallRuns, type SmallRuns } from './small-runs.ts'

const where = findAppTestHost()

export interface AppHost {
  /** Which host of the app this is: some promises only one of them makes. */
  kind: 'electron' | 'browser'
  /** Of the page; in a browser with the token. Opening it again is a reload. */
  url: string
  dataDir: string
  /** Of `smallRuns`. Their runs are 1 and 2. */
  projects: Pick<SmallRuns, 'finished' | 'planned'> | null
  /** Of main; the engines are its children. */
  pid: number
  /** kill -9 of main, in the middle of whatever it does. */
  kill(): Promise<void>
  /** Starts the app again on the same data, and gives its page. */
  reopen(page: Page): Promise<Page>
}

interface Options {
  /** Whether the app finds a finished run in its record when it starts. */
  recordedRun: boolean
  /** Whether it finds real projects with all of their files: two finished runs, and one that is planned. */
  smallRuns: boolean
}

interface Fixtures extends Options {
  host: AppHost
}

/** The real app, one process and one data folder a test: the same specs for Electron's window and for the browser page. */
const appTest = base.extend<Fixtures, { smallRunsMade: () => Promise<SmallRuns> }>({
  recordedRun: [false, { option: true }],
  smallRuns: [false, { option: true }],
  smallRunsMade: [
    // Playwright reads a fixture's needs from this pattern.
    // oxlint-disable-next-line no-empty-pattern
    async ({}, use) => {
      let made: Promise<SmallRuns> | null = null
      await use(() => (made ??= makeSmallRuns()))
      const runs = await (made as Promise<SmallRuns> | null)
      runs?.remove()
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  host: [
    async ({ recordedRun, smallRuns, smallRunsMade }, use, info) => {
      const runs = smallRuns ? await smallRunsMade() : null
      runs?.restore()
      const dataDir = runs?.dataDir ?? mkdtempSync(join(tmpdir(), 'spin-studio-app-'))
      if (recordedRun) recordFinishedRun(dataDir)
      const start = (): Promise<StartedApp> =>
        where.kind === 'electron' ? startElectron(where, dataDir) : startServer(dataDir)
      let started = await start()
      const host: AppHost = {
        kind: started.window ? 'electron' : 'browser',
        url: started.url,
        dataDir,
        projects: runs,
        pid: started.pid,
        kill: () => endProcesses(started, 'SIGKILL'),
        async reopen(page) {
          started = await start()
          host.url = started.url
          host.pid = started.pid
          const opened = started.window ?? page
          if (!started.window) await page.goto(started.url)
          return opened
        },
      }
      Object.defineProperty(host, windowOf, { get: () => started.window })
      await use(host)
      await endProcesses(started, 'SIGTERM')
      if (info.status !== info.expectedStatus)
        await info.attach('what the app wrote to its stderr', { body: started.stderr() })
      rmSync(dataDir, { recursive: true, force: true })
    },
    { timeout: 200_000 },
  ],
})

const windowOf = Symbol('window')

/** In Electron `page` is the app's own window, and no browser is started. */
export const test =
  where.kind === 'chromium'
    ? appTest
    : appTest.extend({
        page: async ({ host }, use) => use((host as AppHost & Record<typeof windowOf, Page>)[windowOf]),
        context: async ({ page }, use) => use(page.context()),
      })
export { expect } from '@playwright/test'
