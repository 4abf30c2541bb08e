// The headless host, with two more ears: its parent may have it record steps of a run, and asks for its memory.
import { join } from 'node:path'
import { composeApp } from '../../src/main/compose-app.ts'
import { startHeadlessHost } from '../../src/main/headless-host.ts'
import { browserHost } from '../../src/main/host-services.ts'
import { stepOf } from './long-run.ts'

export type HostRequest =
  /** `rows` new steps, `times` times, every so many milliseconds. */
  | { kind: 'append'; runId: number; from: number; rows: number; everyMs: number; times: number }
  | { kind: 'memory' }
export type HostReply =
  | { kind: 'address'; url: string }
  | { kind: 'appended' }
  | { kind: 'memory'; rssBytes: number; heapBytes: number; externalBytes: number }

const [dataDir = ''] = process.argv.slice(2)
const app = composeApp(dataDir, browserHost)
const host = await startHeadlessHost({
  pageDir: join(import.meta.dirname, '..', '..', 'out', 'renderer'),
  handlers: app.handlers,
})
const say = (reply: HostReply): void => void process.send?.(reply)

function append({ runId, from, rows, everyMs, times }: Extract<HostRequest, { kind: 'append' }>): void {
  let round = 0
  const timer = setInterval(() => {
    const first = from + round * rows
    app.services.app.store.saveMetrics(
      runId,
      0,
      Array.from({ length: rows }, (_, i) => stepOf(first + i, from + rows * times)),
    )
    app.services.bell.ring()
    if (++round < times) return
    clearInterval(timer)
    say({ kind: 'appended' })
  }, everyMs)
}

process.on('message', (request: HostRequest) => {
  if (request.kind === 'append') return append(request)
  globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  say({ kind: 'memory', rssBytes: rss, heapBytes: heapUsed, externalBytes: external })
})
process.on(
  'disconnect',
  () =>
    void host
      .close()
      .then(() => app.dispose())
      .then(() => process.exit(0)),
)
say({ kind: 'address', url: host.url })
