import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createChangeBell } from '../../../src/main/change-bell.ts'
import type { Notice } from '../../../src/main/host-services.ts'
import { openPreferences } from '../../../src/main/preferences/preferences.ts'
import {
  isLater,
  latestFileName,
  newestVersion,
  readUpdateFeed,
} from '../../../src/main/updates/update-feed.ts'
import { watchUpdates } from '../../../src/main/updates/watch-updates.ts'

let dir: string
let server: Server
let asked: string[]
let answer: { status: number; body: string }
let ending: AbortController
/** Resolves when the server has been asked once more. */
let nextQuestion: () => Promise<void>

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'updates-'))
  asked = []
  ending = new AbortController()
  answer = { status: 200, body: 'version: 0.2.0\npath: spin-studio-0.2.0.AppImage\n' }
  let notice = (): void => undefined
  nextQuestion = () => new Promise((resolve) => (notice = resolve))
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(answer.status).end(answer.body)
    response.on('close', () => notice())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  ending.abort()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(dir, { recursive: true })
})

/** As electron-builder writes it into a package. */
function feedFile(url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/releases`): string {
  const path = join(dir, 'app-update.yml')
  writeFileSync(path, `provider: generic\nurl: ${url}\nupdaterCacheDirName: spin-studio-updater\n`)
  return path
}

function watch(feedPath: string | null) {
  const preferences = openPreferences(dir, createChangeBell())
  const notices: Notice[] = []
  let told = (): void => undefined
  const nextNotice = (): Promise<void> => new Promise((resolve) => (told = resolve))
  const host = { notify: (notice: Notice) => (notices.push(notice), told()) }
  const { signal } = ending
  watchUpdates({ feedPath, version: '0.1.0', preferences, host, signal, platform: 'linux', arch: 'x64' })
  return { preferences, notices, nextNotice }
}

describe('the check for updates', () => {
  it('asks nobody unless the person switched it on, and then tells of a newer version once', async () => {
    const { preferences, notices, nextNotice } = watch(feedFile())
    expect(preferences.get().checkForUpdates).toBe(false)
    const shown = nextNotice()
    preferences.set({ colorScheme: 'dark' })
    expect(asked).toEqual([])
    preferences.set({ checkForUpdates: true })
    await shown
    expect(asked).toEqual(['/releases/latest-linux.yml'])
    expect(notices).toHaveLength(1)
    expect(notices[0]?.title).toContain('0.2.0')
    expect(notices[0]?.body).toContain('/releases')

    const again = nextQuestion()
    preferences.set({ checkForUpdates: false })
    preferences.set({ checkForUpdates: true })
    await again
    expect(asked).toHaveLength(2)
    expect(notices).toHaveLength(1)
  })

  it('asks nobody when the package has no address for it, or one without encryption', () => {
    expect(readUpdateFeed(null)).toBeNull()
    expect(readUpdateFeed(join(dir, 'absent.yml'))).toBeNull()
    expect(readUpdateFeed(feedFile('http://updates.example/spin'))).toBeNull()
    expect(readUpdateFeed(feedFile('""'))).toBeNull()
    expect(readUpdateFeed(feedFile('https://updates.example/spin'))?.href).toBe(
      'https://updates.example/spin/',
    )
    watch(null).preferences.set({ checkForUpdates: true })
    expect(asked).toEqual([])
  })

  it('takes nothing for a version that is none', async () => {
    const feed = readUpdateFeed(feedFile())!
    const system = { platform: 'linux', arch: 'x64' }
    expect(await newestVersion(feed, system, ending.signal)).toBe('0.2.0')
    for (const bad of [
      { status: 500, body: '' },
      { status: 200, body: 'version: <script>' },
      { status: 200, body: '<html></html>' },
      { status: 404, body: 'version: 9.9.9' },
    ]) {
      answer = bad
      await expect(newestVersion(feed, system, ending.signal)).rejects.toMatchObject({
        code: 'FILE_UNREADABLE',
      })
    }
  })

  it('orders versions as releases are, pre-releases before their release', () => {
    const order = ['0.1.0', '0.2.0-beta.2', '0.2.0-beta.10', '0.2.0', '0.10.0', '1.0.0']
    for (const [i, a] of order.entries())
      for (const [j, b] of order.entries()) expect(isLater(a, b), `${a} ${b}`).toBe(i > j)
    expect(latestFileName('win32', 'x64')).toBe('latest.yml')
    expect(latestFileName('darwin', 'arm64')).toBe('latest-mac.yml')
    expect(latestFileName('linux', 'arm64')).toBe('latest-linux-arm64.yml')
  })
})
