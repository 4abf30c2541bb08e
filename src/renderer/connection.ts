import type { AppContract } from '../contract/app.ts'
import { connect } from '../ipc/client.ts'
import { createPortWire, type EventTargetPort } from '../ipc/port-wire.ts'
import type { Wire } from '../ipc/protocol.ts'
import { createSocketWire } from '../ipc/socket-wire.ts'
import type { MainClient } from './main-client.ts'
import mark from './mark.svg'

export interface Desktop {
  connect(): void
  pathForFile(file: File): string
}
declare global {
  interface Window {
    desktop?: Desktop
  }
}

export interface Connection {
  client: MainClient
  /** Resolves when main is no longer reached. */
  lost: Promise<void>
}

/** Main, over the shell's port or, in a browser, over a socket to where the page came from. */
export async function connectToMain(): Promise<Connection> {
  return window.desktop ? connectByPort(window.desktop) : connectBySocket()
}

function connectByPort(desktop: Desktop): Promise<Connection> {
  return new Promise((resolve) => {
    window.addEventListener('message', function receive(event) {
      const [port] = event.ports
      if (event.source !== window || event.data !== 'spin-studio-port' || !port) return
      window.removeEventListener('message', receive)
      resolve(connectionBy(createPortWire(port as EventTargetPort)))
    })
    desktop.connect()
  })
}

async function connectBySocket(): Promise<Connection> {
  const socket = new WebSocket(`ws://${window.location.host}/`, ['spin-studio', takeToken()])
  const connection = connectionBy(createSocketWire(socket))
  await connection.client.ready
  return connection
}

function connectionBy(wire: Wire): Connection {
  const lost = new Promise<void>((resolve) => wire.onClose(() => resolve()))
  return { client: connect<AppContract>(wire), lost }
}

const betweenTriesMs = 3000

/**
 * Tries until the socket is taken again: a laptop that slept, a tunnel that was down. null = the program is there and refuses
 * the page's token: it was started anew. Throws the signal's reason.
 */
export async function reconnect(signal: AbortSignal): Promise<Connection | null> {
  for (;;) {
    await pause(betweenTriesMs, signal)
    try {
      return await connectBySocket()
    } catch (error) {
      // A refused socket says nothing; whether the page itself is still served does.
      if (await isServed()) return null
      console.info(error)
    }
  }
}

/** By one of its pictures: the page's policy lets it reach nothing else there but the socket. */
const isServed = (): Promise<boolean> =>
  new Promise((resolve) => {
    const image = new Image()
    image.addEventListener('load', () => resolve(true))
    image.addEventListener('error', () => resolve(false))
    image.src = `${mark}?again=${Date.now()}`
  })

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    })
  })

/** From the address the terminal printed, then out of sight; kept for reloads of this tab. */
function takeToken(): string {
  const key = 'spin-studio-token'
  const given = new URLSearchParams(window.location.hash.slice(1)).get('token')
  if (given) {
    sessionStorage.setItem(key, given)
    window.history.replaceState(null, '', window.location.pathname)
  }
  return given ?? sessionStorage.getItem(key) ?? 'none'
}
