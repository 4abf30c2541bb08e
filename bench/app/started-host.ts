import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { HostReply, HostRequest } from './bench-host.ts'

export interface StartedHost {
  url: string
  append(request: Omit<Extract<HostRequest, { kind: 'append' }>, 'kind'>): Promise<void>
  memory(): Promise<Extract<HostReply, { kind: 'memory' }>>
  close(): Promise<void>
}

export async function startBenchHost(dataDir: string): Promise<StartedHost> {
  const child = fork(fileURLToPath(new URL('bench-host.ts', import.meta.url)), [dataDir], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  async function reply<K extends HostReply['kind']>(kind: K): Promise<Extract<HostReply, { kind: K }>> {
    for (;;) {
      const [message] = (await Promise.race([
        once(child, 'message'),
        exited.then(([code]) => {
          throw new Error(`The host ended with ${String(code)}.`)
        }),
      ])) as [HostReply]
      if (message.kind === kind) return message as Extract<HostReply, { kind: K }>
    }
  }
  const { url } = await reply('address')
  return {
    url,
    async append(request) {
      child.send({ kind: 'append', ...request } satisfies HostRequest)
      await reply('appended')
    },
    memory() {
      const answer = reply('memory')
      child.send({ kind: 'memory' } satisfies HostRequest)
      return answer
    },
    async close() {
      child.disconnect()
      await exited
    },
  }
}
