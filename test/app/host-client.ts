import { WebSocket } from 'ws'
import type { AppContract } from '../../src/contract/app.ts'
import { connect, type Client } from '../../src/ipc/client.ts'
import { createSocketWire, type SocketLike } from '../../src/ipc/socket-wire.ts'

/** Speaks to a host as its page does: for what a test needs and no screen of it is about. */
export async function connectToHost(url: string): Promise<Client<AppContract>> {
  const { host, origin, hash } = new URL(url)
  const token = new URLSearchParams(hash.slice(1)).get('token') ?? ''
  const socket = new WebSocket(`ws://${host}/`, ['spin-studio', token], { origin })
  const client = connect<AppContract>(createSocketWire(socket as unknown as SocketLike))
  await client.ready
  return client
}

/** Waits for the end of a project's run. */
export async function untilDone(client: Client<AppContract>, projectId: string): Promise<void> {
  for await (const { runs, startProblem, liveRun } of client.stream('home', {})) {
    if (startProblem !== null) throw new Error(startProblem)
    const run = runs.find((each) => each.projectId === projectId)
    if (run?.state === 'failed') throw new Error(`Run ${run.id} failed: ${run.error}`)
    if (run?.state === 'finished' && liveRun === null) return
  }
}
