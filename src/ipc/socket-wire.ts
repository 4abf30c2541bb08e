import type { Wire } from './protocol.ts'

/** What the browser's WebSocket and the `ws` package have in common. */
export interface SocketLike {
  binaryType: string
  readonly readyState: number
  send(data: Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'open' | 'close' | 'error', listener: () => void): void
}

const connecting = 0
const open = 1
const unsupportedData = 1003

/** One binary WebSocket message a message. May be given a socket that is still connecting. */
export function createSocketWire(socket: SocketLike): Wire {
  socket.binaryType = 'arraybuffer'
  const closeListeners: ((reason: Error | null) => void)[] = []
  let failure: Error | null = null
  let closed = false
  let unsent: Uint8Array<ArrayBuffer>[] = []

  socket.addEventListener('open', () => {
    const waiting = unsent
    unsent = []
    for (const message of waiting) socket.send(message)
  })
  // 'error' says nothing in browsers and is followed by 'close'; without a listener `ws` would throw.
  socket.addEventListener('error', () => {
    failure ??= new Error('The WebSocket connection failed')
  })
  socket.addEventListener('close', () => {
    if (closed) return
    closed = true
    for (const listener of closeListeners) listener(failure)
  })

  return {
    send(message) {
      const bytes = message as Uint8Array<ArrayBuffer>
      if (socket.readyState === connecting) unsent.push(bytes)
      else if (socket.readyState === open) socket.send(bytes)
    },
    onMessage(listener) {
      socket.addEventListener('message', (event) => {
        if (closed) return
        if (event.data instanceof ArrayBuffer) {
          listener(new Uint8Array(event.data))
        } else {
          failure ??= new TypeError('Expected binary WebSocket messages, found text')
          socket.close(unsupportedData, 'binary messages only')
        }
      })
    },
    onClose(listener) {
      if (closed) listener(failure)
      else closeListeners.push(listener)
    },
    close() {
      socket.close()
    },
  }
}
