import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { test as base } from '@playwright/test'
import { recordFinishedRun } from './recorded-run.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface AppHost {
  url: string
  dataDir: string
}

interface Fixtures {
  /** Whether the app finds a finished run in its record when it starts. */
  recordedRun: boolean
  host: AppHost
}

/** The real app without Electron: its own process, its own data folder, the built page. */
export const test = base.extend<Fixtures>({
  recordedRun: [false, { option: true }],
  host: async ({ recordedRun }, use) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'spin-studio-app-'))
    if (recordedRun) recordFinishedRun(dataDir)
    const child = spawn(process.execPath, ['src/main/headless.ts', '--data-dir', dataDir], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const stderr: string[] = []
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk.toString()))
    let url = ''
    for await (const line of createInterface({ input: child.stdout })) {
      url = /http:\S+/.exec(line)?.[0] ?? ''
      if (url) break
    }
    if (!url) throw new Error(`The host ended before it printed an address:\n${stderr.join('')}`)
    await use({ url, dataDir })
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    rmSync(dataDir, { recursive: true, force: true })
  },
})
export { expect } from '@playwright/test'
