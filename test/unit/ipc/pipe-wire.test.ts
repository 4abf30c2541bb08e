import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createPipeWire } from '../../../src/ipc/pipe-wire.ts'
import { openSocketPair } from './socket-pair.ts'

function frame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32LE(message.length)
  return Buffer.concat([head, message])
}

describe('pipe wire', () => {
  it('delivers messages whole and in order, whatever pieces the pipe makes of them', async () => {
    const [near, far] = await openSocketPair()
    near.setNoDelay(true)
    const sent = [0, 1, 3, 70_000, 5, 0, 200_000].map((length) => randomBytes(length))
    const bytes = Buffer.concat(sent.map(frame))
    const received: Buffer[] = []
    const all = new Promise<void>((resolve) => {
      createPipeWire(far).onMessage((message) => {
        received.push(Buffer.from(message))
        if (received.length === sent.length) resolve()
      })
    })
    for (let at = 0; at < bytes.length;) {
      const size = at < 40 ? 1 : 8191
      await new Promise((resolve) => near.write(bytes.subarray(at, at + size), resolve))
      at += size
    }
    await all
    expect(received.map((message) => message.toString('hex'))).toEqual(
      sent.map((message) => message.toString('hex')),
    )
    near.destroy()
  })

  it('delivers what was sent in one turn', async () => {
    const [near, far] = await openSocketPair()
    const wire = createPipeWire(near)
    const received: number[] = []
    const all = new Promise<void>((resolve) => {
      createPipeWire(far).onMessage((message) => {
        received.push(message[0] ?? -1)
        if (received.length === 50) resolve()
      })
    })
    for (let i = 0; i < 50; i++) wire.send(new Uint8Array([i]))
    await all
    expect(received).toEqual(Array.from({ length: 50 }, (_, i) => i))
    wire.close()
  })

  it('refuses to send a message above the limit and says what to do', async () => {
    const [near] = await openSocketPair()
    const wire = createPipeWire(near, { maxFrameBytes: 10 })
    expect(() => wire.send(new Uint8Array(11))).toThrow(/10 bytes, found 11/)
    near.destroy()
  })

  it('closes with a reason when the peer announces a message above the limit', async () => {
    const [near, far] = await openSocketPair()
    const wire = createPipeWire(far)
    wire.onMessage(() => undefined)
    const closed = new Promise<Error | null>((resolve) => wire.onClose(resolve))
    near.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
    expect((await closed)?.message).toMatch(/not our protocol/)
  })

  it('tells of the closing once, also to a listener that comes late, and ignores what is sent after it', async () => {
    const [near, far] = await openSocketPair()
    const wire = createPipeWire(far)
    wire.onMessage(() => undefined)
    let told = 0
    const closed = new Promise<void>((resolve) =>
      wire.onClose(() => {
        told++
        resolve()
      }),
    )
    near.end()
    await closed
    await new Promise<void>((resolve) => wire.onClose(() => resolve()))
    wire.send(new Uint8Array(3))
    wire.close()
    expect(told).toBe(1)
  })

  it('delivers what was sent before close', async () => {
    const [near, far] = await openSocketPair()
    const wire = createPipeWire(near)
    const message = randomBytes(300_000)
    const received = new Promise<Uint8Array>((resolve) =>
      createPipeWire(far).onMessage((bytes) => resolve(Buffer.from(bytes))),
    )
    wire.send(message)
    wire.close()
    expect(Buffer.compare(await received, message)).toBe(0)
  })
})
