import { mkdtempSync, rmSync } from 'node:fs'
import { connect as connectSocket, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Two ends of a real socket. */
export async function openSocketPair(): Promise<[Socket, Socket]> {
  const dir = mkdtempSync(join(tmpdir(), 'ipc-'))
  const path = join(dir, 's')
  try {
    return await new Promise((resolve, reject) => {
      const server = createServer((far) => {
        server.close()
        resolve([near, far])
      })
      server.on('error', reject)
      let near: Socket
      server.listen(path, () => {
        near = connectSocket(path)
        near.on('error', () => undefined)
      })
    })
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
