import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { WebSocketServer } from 'ws'
import { appContract, type AppContract } from '../contract/app.ts'
import { AppError } from '../contract/errors.ts'
import { serve, type Handlers } from '../ipc/server.ts'
import { createSocketWire, type SocketLike } from '../ipc/socket-wire.ts'
import { readPageFile, securityHeaders } from './page-files.ts'

const loopback = '127.0.0.1'
const protocolName = 'spin-studio'
const maxMessageBytes = 64 * 1024 * 1024

export interface HeadlessHost {
  /** With the token in its fragment, which browsers never send. */
  url: string
  close(): Promise<void>
}

/**
 * Serves the built page and the app's contract to browsers of this machine. Only 127.0.0.1 is listened on; the Host
 * header must name it (against DNS rebinding), a socket must come from our own page (Origin) and bring the token, as
 * its second subprotocol. Throws BAD_INPUT when the port is taken.
 */
export async function startHeadlessHost({
  pageDir,
  handlers,
  port = 0,
}: {
  pageDir: string
  handlers: Handlers<AppContract>
  port?: number
}): Promise<HeadlessHost> {
  const token = randomBytes(24).toString('base64url')
  const server = createServer((request, response) => void answer(request, response))
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    handleProtocols: () => protocolName,
  })
  let hosts: string[] = []

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, type: string, body: string | Buffer): void => {
      response.writeHead(status, {
        ...securityHeaders(hosts.map((host) => `ws://${host}`).join(' ')),
        'content-type': type,
      })
      response.end(request.method === 'HEAD' ? undefined : body)
    }
    try {
      if (!hosts.includes(request.headers.host ?? ''))
        return send(421, 'text/plain', 'This address is not served here.\n')
      if (request.method !== 'GET' && request.method !== 'HEAD') return send(405, 'text/plain', 'Only GET.\n')
      const file = await readPageFile(pageDir, (request.url ?? '/').split('?')[0] ?? '/')
      if (file) send(200, file.type, file.body)
      else send(404, 'text/plain', 'No such page.\n')
    } catch (error) {
      console.error(error)
      send(500, 'text/plain', 'The page could not be read; the terminal says why.\n')
    }
  }

  server.on('upgrade', (request, socket, head) => {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
    const fromOurPage = hosts.some(
      (host) => request.headers.origin === `http://${host}` && request.headers.host === host,
    )
    if (!fromOurPage || offered[0] !== protocolName || !isToken(offered[1] ?? '')) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      serve(createSocketWire(webSocket as unknown as SocketLike), appContract, handlers)
    })
  })

  function isToken(found: string): boolean {
    const a = Buffer.from(found)
    const b = Buffer.from(token)
    return a.length === b.length && timingSafeEqual(a, b)
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const taken = 'code' in error && error.code === 'EADDRINUSE'
      reject(
        taken
          ? new AppError(
              'BAD_INPUT',
              `Port ${port} is in use. Choose another with --port, or leave it out for a free one.`,
              { port },
            )
          : error,
      )
    })
    server.listen(port, loopback, resolve)
  })
  const actual = (server.address() as AddressInfo).port
  hosts = [`${loopback}:${actual}`, `localhost:${actual}`]
  return {
    url: `http://${loopback}:${actual}/#token=${token}`,
    async close() {
      for (const client of sockets.clients) client.terminate()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
