import type { Duplex } from 'node:stream'
import type { Wire } from './protocol.ts'

const headBytes = 4
/** Up to here copying a message behind its head is cheaper than handing over two buffers. */
const joinBytes = 16 * 1024
/** Larger messages belong in a file: 64 MiB is more than a minute of metrics and less than a bad length field. */
const defaultMaxFrameBytes = 64 * 1024 * 1024

export interface PipeWireOptions {
  maxFrameBytes?: number
}

/**
 * Frames on a byte stream: u32 little-endian length, then the message.
 * `send` throws RangeError above the limit; a received length above it closes the wire, because after a wrong length
 * nothing that follows can be trusted.
 */
export function createPipeWire(stream: Duplex, options: PipeWireOptions = {}): Wire {
  const maxFrameBytes = options.maxFrameBytes ?? defaultMaxFrameBytes
  let failure: Error | null = null
  let closed = false
  const closeListeners: ((reason: Error | null) => void)[] = []

  function finish(): void {
    if (closed) return
    closed = true
    for (const listener of closeListeners) listener(failure)
  }
  // A peer that dies shows as 'error' (ECONNRESET, EPIPE) and then 'close', or as 'end' alone.
  stream.on('error', (error) => {
    failure ??= error
  })
  stream.on('end', () => stream.destroy())
  stream.on('close', finish)

  function send(message: Uint8Array): void {
    if (message.length > maxFrameBytes) {
      throw new RangeError(
        `A message may have ${maxFrameBytes} bytes, found ${message.length}; hand large data over as a file`,
      )
    }
    if (closed || stream.writableEnded || stream.destroyed) return
    // Written at once, not at the end of the turn: what was reported before a crash must have left this process.
    if (message.length <= joinBytes) {
      const frame = Buffer.allocUnsafe(headBytes + message.length)
      frame.writeUInt32LE(message.length, 0)
      frame.set(message, headBytes)
      stream.write(frame)
      return
    }
    const head = Buffer.allocUnsafe(headBytes)
    head.writeUInt32LE(message.length, 0)
    stream.cork()
    stream.write(head)
    stream.write(message)
    stream.uncork()
  }

  function onMessage(listener: (message: Uint8Array) => void): void {
    const read = createFrameReader(maxFrameBytes, listener)
    stream.on('data', (chunk: Buffer) => {
      try {
        if (!closed && !stream.destroyed) read(chunk)
      } catch (error) {
        failure ??= error instanceof Error ? error : new Error(String(error))
        stream.destroy()
      }
    })
  }

  return {
    send,
    onMessage,
    onClose(listener) {
      if (closed || stream.closed) listener(failure)
      else closeListeners.push(listener)
    },
    close() {
      if (!stream.destroyed) stream.end(() => stream.destroy())
    },
  }
}

/** Cuts chunks of any size into messages. A message inside one chunk is a view of it, not a copy. */
function createFrameReader(
  maxFrameBytes: number,
  deliver: (message: Uint8Array) => void,
): (chunk: Buffer) => void {
  const head = Buffer.alloc(headBytes)
  let headFilled = 0
  let body: Buffer | null = null
  let bodyFilled = 0

  function checked(length: number): number {
    if (length <= maxFrameBytes) return length
    throw new RangeError(
      `The peer announced a message of ${length} bytes, the limit is ${maxFrameBytes}: not our protocol`,
    )
  }

  return (chunk) => {
    let at = 0
    while (at < chunk.length) {
      if (body) {
        const taken = Math.min(body.length - bodyFilled, chunk.length - at)
        chunk.copy(body, bodyFilled, at, at + taken)
        bodyFilled += taken
        at += taken
        if (bodyFilled < body.length) return
        const message = body
        body = null
        deliver(message)
        continue
      }
      const taken = Math.min(headBytes - headFilled, chunk.length - at)
      chunk.copy(head, headFilled, at, at + taken)
      headFilled += taken
      at += taken
      if (headFilled < headBytes) return
      headFilled = 0
      const length = checked(head.readUInt32LE(0))
      if (at + length <= chunk.length) {
        deliver(chunk.subarray(at, at + length))
        at += length
      } else {
        body = Buffer.allocUnsafeSlow(length)
        bodyFilled = 0
      }
    }
  }
}
