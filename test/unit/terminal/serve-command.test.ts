import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { serveApp } from '../../../src/main/serve-app.ts'
import { readServeOptions } from '../../../src/main/terminal/serve-command.ts'
import { run } from './run-terminal.ts'

let dir: string
let pageDir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'serve-'))
  pageDir = join(dir, 'page')
  mkdirSync(pageDir)
  writeFileSync(join(pageDir, 'index.html'), '<title>the page</title>')
})
afterAll(() => rmSync(dir, { recursive: true }))

describe('spin-studio serve', () => {
  it('is in the list of commands and explains its options and who may connect', async () => {
    expect((await run('help')).out).toMatch(/^ {2}serve +hosts the app/m)
    const { code, out } = await run('serve', '--help')
    expect(code).toBe(0)
    for (const words of ['--port N', '--data_dir FOLDER', '--open', '127.0.0.1', 'ssh -L'])
      expect(out).toContain(words)
  })

  it('takes its options with either spelling, and refuses what it cannot use as a wrong command line', async () => {
    expect(readServeOptions(['--port', '8350', '--data-dir', dir, '--open'])).toEqual({
      port: 8350,
      dataDir: dir,
      open: true,
    })
    expect(readServeOptions(['--data_dir', dir])).toMatchObject({ port: 0, open: false })
    for (const argv of [['--port', '70000'], ['--port', 'x'], ['8350'], ['--host', '0.0.0.0']])
      expect((await run('serve', ...argv)).code).toBe(2)
  })
})

describe('serveApp', () => {
  it('serves the page and the app on the printed address alone, and is gone after close', async () => {
    const lines: string[] = []
    const dataDir = join(dir, 'data')
    const served = await serveApp({ port: 0, dataDir, open: false, say: (line) => lines.push(line), pageDir })
    expect(lines[0]).toBe(`SPIN Studio is at ${served.url}`)
    const { origin, hash } = new URL(served.url)
    expect(await (await fetch(origin)).text()).toContain('the page')

    const connects = (token: string, from: string): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = new WebSocket(origin.replace('http', 'ws'), ['spin-studio', token], { origin: from })
        socket.on('open', () => (socket.terminate(), resolve(true)))
        socket.on('error', () => resolve(false))
      })
    const token = hash.replace('#token=', '')
    expect(await connects(token, origin)).toBe(true)
    expect(await connects('guess', origin)).toBe(false)
    expect(await connects(token, 'http://elsewhere.example')).toBe(false)

    expect(existsSync(join(dataDir, 'app.sqlite'))).toBe(true)
    await served.close()
    await expect(fetch(origin)).rejects.toThrow()
  })

  it('says what to do when the page is not built or the port is taken, and leaves nothing open', async () => {
    const options = { port: 0, dataDir: join(dir, 'refused'), open: false, say: () => undefined, pageDir }
    await expect(serveApp({ ...options, pageDir: join(dir, 'nothing') })).rejects.toThrow('npm run build')

    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    await expect(serveApp({ ...options, port })).rejects.toThrow(`Port ${port} is in use`)
    await new Promise((resolve) => other.close(resolve))
    await (await serveApp({ ...options, port })).close()
  })
})
