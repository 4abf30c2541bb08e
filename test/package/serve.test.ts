import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

/** The command with the built page. Needs `npm run build`. */
const launcher = fileURLToPath(new URL('../../bin/spin-studio.mjs', import.meta.url))

let dir: string
let child: ChildProcess
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'serve-command-'))))
afterEach(() => {
  child.kill('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

async function addressOf(process: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: process.stdout! })) {
    const address = /http:\S+/.exec(line)?.[0]
    if (address) return address
  }
  throw new Error('The command ended before it printed an address')
}

describe.skipIf(process.platform === 'win32')('spin-studio serve', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('serves the app until %s, then ends by itself', async (signal) => {
    child = spawn(process.execPath, [launcher, 'serve', '--data-dir', dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true, // a group of its own, as in a terminal, where Ctrl-C reaches all of it
    })
    const { origin } = new URL(await addressOf(child))
    expect(new URL(origin).hostname).toBe('127.0.0.1')
    const page = await fetch(origin)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('<script type="module"')
    expect(existsSync(join(dir, 'app.sqlite'))).toBe(true)

    const exited = once(child, 'exit')
    process.kill(-child.pid!, signal)
    expect(await exited).toEqual([0, null])
    await expect(fetch(origin)).rejects.toThrow()
  })
})
