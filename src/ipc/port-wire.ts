import type { Wire } from './protocol.ts'

/** The MessagePort of browsers and of node:worker_threads. */
export interface EventTargetPort {
  postMessage(message: unknown, transfer?: ArrayBuffer[]): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'close' | 'messageerror', listener: () => void): void
  start?(): void
  close(): void
}

/** The MessagePortMain of a desktop shell's main process: an EventEmitter whose 'message' carries `{ data }`. */
export interface EmitterPort {
  postMessage(message: unknown): void
  on(type: 'message', listener: (event: { data: unknown }) => void): unknown
  on(type: 'close', listener: () => void): unknown
  start?(): void
  close(): void
}

export function createPortWire(port: EventTargetPort | EmitterPort): Wire {
  const closeListeners: ((reason: Error | null) => void)[] = []
  let closed = false
  let failure: Error | null = null

  function finish(): void {
    if (closed) return
    closed = true
    for (const listener of closeListeners) listener(failure)
  }
  function fail(reason: Error): void {
    failure ??= reason
    port.close()
    finish()
  }
  if ('addEventListener' in port) {
    port.addEventListener('close', finish)
    port.addEventListener('messageerror', () =>
      fail(new TypeError('A message on the port could not be read')),
    )
  } else {
    port.on('close', finish)
  }

  return {
    send(message) {
      if (closed) return
      // Moving the memory saves a copy; MessagePortMain refuses to move anything but ports.
      const whole = message.byteLength === message.buffer.byteLength && message.buffer instanceof ArrayBuffer
      if ('addEventListener' in port && whole) port.postMessage(message, [message.buffer as ArrayBuffer])
      else port.postMessage(message)
    },
    onMessage(listener) {
      const receive = (event: { data: unknown }): void => {
        if (closed) return
        if (event.data instanceof Uint8Array) listener(event.data)
        else fail(new TypeError(`Expected bytes on the port, found ${typeof event.data}`))
      }
      if ('addEventListener' in port) port.addEventListener('message', receive)
      else port.on('message', receive)
      port.start?.()
    },
    onClose(listener) {
      if (closed) listener(failure)
      else closeListeners.push(listener)
    },
    close() {
      if (closed) return
      port.close()
      finish() // browsers tell only the other side
    },
  }
}
