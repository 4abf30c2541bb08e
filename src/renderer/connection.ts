import type { AppContract } from '../contract/app.ts'
import { connect } from '../ipc/client.ts'
import { createPortWire, type EventTargetPort } from '../ipc/port-wire.ts'
import { createSocketWire } from '../ipc/socket-wire.ts'
import type { MainClient } from './main-client.ts'

export interface Desktop {
  connect(): void
  pathForFile(file: File): string
}
declare global {
  interface Window {
    desktop?: Desktop
  }
}

/** Main, over the shell's port or, in a browser, over a socket to where the page came from. */
export async function connectToMain(): Promise<MainClient> {
  return window.desktop ? connectByPort(window.desktop) : connectBySocket()
}

function connectByPort(desktop: Desktop): Promise<MainClient> {
  return new Promise((resolve) => {
    window.addEventListener('message', function receive(event) {
      const [port] = event.ports
      if (event.source !== window || event.data !== 'spin-studio-port' || !port) return
      window.removeEventListener('message', receive)
      resolve(connect<AppContract>(createPortWire(port as EventTargetPort)))
    })
    desktop.connect()
  })
}

async function connectBySocket(): Promise<MainClient> {
  const socket = new WebSocket(`ws://${window.location.host}/`, ['spin-studio', takeToken()])
  const client = connect<AppContract>(createSocketWire(socket))
  await client.ready
  return client
}

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
