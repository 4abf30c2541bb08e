import type { Browser } from '@playwright/test'
import { WebSocket } from 'ws'
import { decode, encode } from '../../src/ipc/codec.ts'
import { parseReply } from '../../src/ipc/protocol.ts'
import { appFigure, type AppFigure } from './app-figure.ts'
import type { LongRun } from './long-tasks.ts'
import type { StartedHost } from './started-host.ts'

const pace = { rows: 100, everyMs: 20, times: 400 }

/**
 * What the host's memory grows by while a window does not read: a page that a debugger holds, and sockets that ask for a
 * stream once and then never again. The same work without anybody looking is taken off.
 */
export async function measureStalledWindow(
  browser: Browser,
  host: StartedHost,
  { projectId, runId, steps }: LongRun,
): Promise<AppFigure[]> {
  let from = steps
  const grown = async (): Promise<number> => {
    const before = await host.memory()
    await host.append({ runId, from, ...pace })
    from += pace.rows * pace.times
    const after = await host.memory()
    return (after.heapBytes + after.externalBytes - before.heapBytes - before.externalBytes) / 1e6
  }
  const rss = async (): Promise<number> => (await host.memory()).rssBytes / 1e6
  await grown() // caches of SQLite and the JIT
  const alone = await grown()

  const sockets = await Promise.all(Array.from({ length: 4 }, () => openAndNeverPull(host.url, runId)))
  const rssBefore = await rss()
  const bySockets = await grown()
  const rssAfter = await rss()
  for (const socket of sockets) socket.terminate()

  const page = await browser.newPage()
  await page.goto(host.url)
  await page.getByRole('heading', { name: 'Home' }).waitFor()
  await page.evaluate(`window.location.hash = '#/project/${projectId}/run'`)
  await page.getByRole('slider', { name: /^Loss/ }).waitFor()
  const debuggerSession = await page.context().newCDPSession(page)
  await debuggerSession.send('Debugger.enable')
  const paused = new Promise((resolve) => debuggerSession.once('Debugger.paused', resolve))
  await debuggerSession.send('Debugger.pause')
  const held = page.evaluate('1').catch(() => undefined) // answers when the page is let go
  await paused
  const byPage = await grown()
  await debuggerSession.send('Debugger.disable')
  await held
  await page.close()
  const work = `${(pace.rows * pace.times).toLocaleString('en-US')} steps recorded in ${(pace.times * pace.everyMs) / 1000} s`
  return [
    appFigure('host grows by, nobody looking', alone, 'MB', { note: work }),
    appFigure('host grows by, four sockets that never ask again', bySockets, 'MB', {
      most: 10,
      note: `resident ${rssBefore.toFixed(0)} → ${rssAfter.toFixed(0)} MB`,
    }),
    appFigure('host grows by, a page held by a debugger', byPage, 'MB', { most: 10 }),
  ]
}

/** Asks for the run's stream with room for four events, and takes no notice of what comes. */
function openAndNeverPull(url: string, runId: number): Promise<WebSocket> {
  const { host, origin, hash } = new URL(url)
  const token = new URLSearchParams(hash.slice(1)).get('token') ?? ''
  const socket = new WebSocket(`ws://${host}/`, ['spin-studio', token], { origin })
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.on('message', (data: Buffer) => {
      const reply = parseReply(decode(data))
      if (reply.t === 'ready')
        return socket.send(encode({ t: 'open', id: 1, name: 'run', input: { runId }, credit: 4 }))
      if (reply.t !== 'event') return reject(new Error(`Expected the run, found ${reply.t}.`))
      socket.pause()
      resolve(socket)
    })
  })
}
