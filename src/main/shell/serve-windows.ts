import { ipcMain } from 'electron'
import { appContract, type AppContract } from '../../contract/app.ts'
import { createPortWire } from '../../ipc/port-wire.ts'
import { serve, type Handlers } from '../../ipc/server.ts'
import { isTrustedSender } from './trusted-sender.ts'

/** Each page that connects gets the contract on a port of its own. */
export function serveWindows(handlers: Handlers<AppContract>): void {
  ipcMain.on('connect', (event) => {
    const [port] = event.ports
    if (!port) return
    if (isTrustedSender(event)) serve(createPortWire(port), appContract, handlers)
    else port.close()
  })
}
