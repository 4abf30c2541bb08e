import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { _electron, type Page } from '@playwright/test'
import type { AppTestHost } from '../../scripts/app-test-host.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A started app: its main process and, in Electron, its window. */
export interface StartedApp {
  url: string
  pid: number
  window: Page | null
  exited: Promise<unknown>
  stderr(): string
}

/** The app without Electron: its own process, the built page. */
export async function startServer(dataDir: string): Promise<StartedApp> {
  const child = spawn(process.execPath, ['src/main/headless.ts', '--data-dir', dataDir], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  child.stderr.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
  const stderr = (): string => lines.join('')
  const exited = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\S+/.exec(line)?.[0]
    if (!url) continue
    child.stdout.resume()
    return { url, pid: child.pid!, window: null, exited, stderr }
  }
  throw new Error(`The host ended before it printed an address:\n${stderr()}`)
}

export async function startElectron(
  { executable, args }: Extract<AppTestHost, { kind: 'electron' }>,
  dataDir: string,
): Promise<StartedApp> {
  const app = await _electron.launch({
    executablePath: executable,
    args: [...args, '--data-dir', dataDir],
    cwd: root,
  })
  const lines: string[] = []
  const child = app.process()
  child.stderr?.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
  const exited = once(child, 'exit')
  const window = await app.firstWindow()
  return { url: window.url(), pid: child.pid!, window, exited, stderr: () => lines.join('') }
}

const patienceMs = 20_000

/** Ends main and waits until its engines have ended with it. Throws, and kills them, when one goes on. */
export async function endProcesses(
  { pid, exited }: StartedApp,
  signal: 'SIGTERM' | 'SIGKILL',
): Promise<void> {
  const engines = enginesOf(pid)
  if (isAlive(pid)) process.kill(pid, signal)
  const ended = await Promise.race([exited, wait(patienceMs, 'late', { ref: false })])
  if (ended === 'late') process.kill(pid, 'SIGKILL')
  const until = Date.now() + patienceMs
  while (engines.some(isAlive) && Date.now() < until) await wait(50)
  const left = engines.filter(isAlive)
  for (const engine of left) process.kill(engine, 'SIGKILL')
  if (ended === 'late') throw new Error(`The app did not end within ${patienceMs / 1000} s of ${signal}.`)
  if (left.length > 0) throw new Error(`Engines outlived their app: ${left.join(', ')}.`)
}

/** Linux only; elsewhere none are known. */
export function enginesOf(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`
  const children = existsSync(path) ? readFileSync(path, 'utf8').split(' ').filter(Boolean).map(Number) : []
  return children.filter((child) => /engine/.test(readFileSync(`/proc/${child}/cmdline`, 'utf8')))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}
