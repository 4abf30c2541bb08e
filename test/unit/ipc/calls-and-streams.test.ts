import { MessageChannel } from 'node:worker_threads'
import { once } from 'node:events'
import { WebSocket, WebSocketServer } from 'ws'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { AppError } from '../../../src/contract/errors.ts'
import { connect, type Client } from '../../../src/ipc/client.ts'
import { encode } from '../../../src/ipc/codec.ts'
import { createPipeWire } from '../../../src/ipc/pipe-wire.ts'
import { createPortWire } from '../../../src/ipc/port-wire.ts'
import type { Wire } from '../../../src/ipc/protocol.ts'
import { serve } from '../../../src/ipc/server.ts'
import { createSocketWire } from '../../../src/ipc/socket-wire.ts'
import { openSocketPair } from './socket-pair.ts'

const contract = {
  calls: {
    add: { input: z.object({ a: z.number(), b: z.number().default(10) }), output: z.number() },
    scale: { input: z.object({ values: z.instanceof(Float32Array) }), output: z.instanceof(Float32Array) },
    refuse: { input: z.object({}), output: z.null() },
    bug: { input: z.object({}), output: z.null() },
    wait: { input: z.object({}), output: z.null() },
    unsendable: { input: z.object({}), output: z.unknown() },
  },
  streams: {
    numbers: { input: z.object({ to: z.number().int() }), event: z.number() },
    failing: { input: z.object({}), event: z.number() },
    listening: { input: z.object({}), event: z.string() },
  },
} as const
type TestContract = typeof contract

interface Side {
  client: Client<TestContract>
  near: Wire
  far: Wire
  produced: () => number
  /** Resolves with how the generator ended. */
  ended: Promise<string>
  waitAborted: Promise<void>
  unexpected: { error: unknown; id: string }[]
}

function start(near: Wire, far: Wire): Side {
  let produced = 0
  const ended = Promise.withResolvers<string>()
  const waitAborted = Promise.withResolvers<void>()
  const unexpected: Side['unexpected'] = []
  serve(
    far,
    contract,
    {
      calls: {
        add: ({ a, b }) => a + b,
        scale: ({ values }) => values.map((value) => value * 2),
        refuse: () => {
          throw new AppError('GATE_CAPPED', 'Expected at most 30 % capped answers, found 41 %', {
            share: 0.41,
            rows: [1, 5],
          })
        },
        bug: () => {
          throw new RangeError('secret detail')
        },
        wait: (_input, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              waitAborted.resolve()
              reject(signal.reason as Error)
            })
          }),
        unsendable: () => new Map(),
      },
      streams: {
        async *numbers({ to }) {
          try {
            for (let i = 0; i < to; i++) {
              produced++
              yield i
            }
            ended.resolve('to the end')
          } finally {
            ended.resolve('early')
          }
        },
        async *failing() {
          yield 1
          throw new AppError('NOT_FINITE', 'Expected a finite loss, found NaN at step 3', { step: 3 })
        },
        async *listening(_input, signal) {
          yield 'listening'
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
          ended.resolve('by the signal')
        },
      },
    },
    { onUnexpected: (error, id) => unexpected.push({ error, id }) },
  )
  return {
    client: connect<TestContract>(near),
    near,
    far,
    produced: () => produced,
    ended: ended.promise,
    waitAborted: waitAborted.promise,
    unexpected,
  }
}

async function overPipe(): Promise<Side> {
  const [near, far] = await openSocketPair()
  return start(createPipeWire(near), createPipeWire(far))
}

async function overPort(): Promise<Side> {
  const { port1, port2 } = new MessageChannel()
  return start(createPortWire(port1), createPortWire(port2))
}

/** The shape of a desktop shell's MessagePortMain: an emitter that hands over `{ data }`. */
async function overEmitterPort(): Promise<Side> {
  const { port1, port2 } = new MessageChannel()
  const main = {
    postMessage: (message: unknown) => port2.postMessage(message),
    on: (type: string, listener: (event: { data: unknown }) => void) =>
      port2.on(type as 'message', type === 'message' ? (data: unknown) => listener({ data }) : listener),
    close: () => port2.close(),
  }
  return start(createPortWire(port1), createPortWire(main))
}

async function overSocket(): Promise<Side> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const accepted = once(server, 'connection') as Promise<[WebSocket]>
  const near = createSocketWire(new WebSocket(`ws://127.0.0.1:${port}`))
  const [socket] = await accepted
  const side = start(near, createSocketWire(socket))
  side.far.onClose(() => server.close())
  return side
}

async function collect<T>(events: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const event of events) all.push(event)
  return all
}

describe.each([
  ['pipe', overPipe],
  ['port', overPort],
  ['emitter port', overEmitterPort],
  ['WebSocket', overSocket],
])('over a %s', (_name, open) => {
  it('answers calls, many at once, with defaults filled in and typed arrays as they are', async () => {
    const { client, near } = await open()
    await client.ready
    const sums = await Promise.all(Array.from({ length: 100 }, (_, a) => client.call('add', { a })))
    expect(sums).toEqual(Array.from({ length: 100 }, (_, a) => a + 10))
    const values = Float32Array.from({ length: 100_000 }, (_, i) => i)
    expect(await client.call('scale', { values })).toStrictEqual(values.map((value) => value * 2))
    near.close()
  })

  it('streams to the end, in order', async () => {
    const { client, ended, near } = await open()
    expect(await collect(client.stream('numbers', { to: 1000 }))).toEqual(
      Array.from({ length: 1000 }, (_, i) => i),
    )
    expect(await ended).toBe('to the end')
    near.close()
  })

  it('rejects what is pending with CLOSED when the wire closes, and ends the generators behind it', async () => {
    const { client, near, ended, waitAborted } = await open()
    const call = client.call('wait', {})
    const stream = client.stream('numbers', { to: 1e9 })[Symbol.asyncIterator]()
    await stream.next()
    near.close()
    await expect(call).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(collect({ [Symbol.asyncIterator]: () => stream })).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(client.call('add', { a: 1 })).rejects.toMatchObject({ code: 'CLOSED' })
    expect(await ended).toBe('early')
    await waitAborted
  })
})

describe('streams', () => {
  it.each([1, 4, 16])('keep the producer within %i events of a reader that stalls', async (window) => {
    const { client, produced, near } = await overPipe()
    const stream = client.stream('numbers', { to: 1e9 }, { window })[Symbol.asyncIterator]()
    const read = 40
    for (let i = 0; i < read; i++) await stream.next()
    // Calls travel the same wire behind the credit, so after them the producer has done what it may.
    for (let i = 0; i < 20; i++) await client.call('add', { a: i })
    expect(produced()).toBeGreaterThanOrEqual(read)
    expect(produced()).toBeLessThanOrEqual(read + window)
    near.close()
  })

  it('end their generator on the server before the loop is left', async () => {
    const { client, ended, produced, near } = await overPipe()
    for await (const number of client.stream('numbers', { to: 1e9 })) if (number === 5) break
    const atBreak = produced()
    expect(await ended).toBe('early')
    await client.call('add', { a: 1 })
    expect(produced()).toBe(atBreak)
    near.close()
  })

  it('end by return() while the next event is still awaited', async () => {
    const { client, ended, near } = await overPipe()
    const stream = client.stream('listening', {})[Symbol.asyncIterator]()
    expect(await stream.next()).toEqual({ done: false, value: 'listening' })
    const waiting = stream.next()
    await stream.return?.()
    expect((await waiting).done).toBe(true)
    expect(await ended).toBe('by the signal')
    near.close()
  })

  it('end by the signal with CANCELLED, after the generator has ended', async () => {
    const { client, ended, near } = await overPipe()
    const abort = new AbortController()
    let over = false
    void ended.then(() => (over = true))
    const reading = (async () => {
      for await (const _event of client.stream('listening', {}, { signal: abort.signal })) abort.abort()
    })()
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(over).toBe(true)
    await expect(
      collect(client.stream('numbers', { to: 1 }, { signal: abort.signal })),
    ).rejects.toMatchObject({ code: 'CANCELLED' })
    near.close()
  })

  it('deliver what came before an error, then the error with its code and data', async () => {
    const { client, near } = await overPipe()
    const seen: number[] = []
    const reading = (async () => {
      for await (const number of client.stream('failing', {})) seen.push(number)
    })()
    await expect(reading).rejects.toMatchObject({ code: 'NOT_FINITE', data: { step: 3 } })
    expect(seen).toEqual([1])
    near.close()
  })

  it('ask for nothing before the first event is wanted, and ask anew for each reading', async () => {
    const { client, produced, near } = await overPipe()
    const numbers = client.stream('numbers', { to: 3 })
    await client.call('add', { a: 1 })
    expect(produced()).toBe(0)
    expect(await collect(numbers)).toEqual([0, 1, 2])
    expect(await collect(numbers)).toEqual([0, 1, 2])
    expect(produced()).toBe(6)
    near.close()
  })
})

describe('errors', () => {
  it('of the product cross with code, message and data', async () => {
    const { client, near } = await overPipe()
    const error = await client.call('refuse', {}).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(AppError)
    expect(error).toMatchObject({
      code: 'GATE_CAPPED',
      message: expect.stringMatching('41 %'),
      data: { share: 0.41, rows: [1, 5] },
    })
    near.close()
  })

  it('that nobody expected are logged with an id and cross as INTERNAL with that id alone', async () => {
    const { client, unexpected, near } = await overPipe()
    const error = (await client.call('bug', {}).catch((reason: unknown) => reason)) as AppError
    expect(error.code).toBe('INTERNAL')
    expect(error.message).not.toContain('secret detail')
    expect(unexpected).toHaveLength(1)
    expect(unexpected[0]?.error).toMatchObject({ message: 'secret detail' })
    expect(error.data['errorId']).toBe(unexpected[0]?.id)
    await expect(client.call('unsendable', {})).rejects.toMatchObject({ code: 'INTERNAL' })
    near.close()
  })

  it('name the path of a bad input', async () => {
    const { client, near } = await overPipe()
    const bad = { a: 'one' } as unknown as { a: number }
    await expect(client.call('add', bad)).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/^add: a: .*number/),
      data: { path: 'a' },
    })
    const stream = client.stream('numbers', { to: 1.5 })
    await expect(collect(stream)).rejects.toMatchObject({ code: 'BAD_INPUT', data: { path: 'to' } })
    near.close()
  })

  it.each(['nothing', 'toString', '__proto__', 'constructor'])('refuse the unknown name %s', async (name) => {
    const { client, near } = await overPipe()
    await expect(client.call(name as 'add', { a: 1 })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(collect(client.stream(name as 'numbers', { to: 1 }))).rejects.toMatchObject({
      code: 'BAD_INPUT',
    })
    near.close()
  })

  it('reach a cancelled call at once and its handler through the signal', async () => {
    const { client, waitAborted, unexpected, near } = await overPipe()
    const abort = new AbortController()
    const call = client.call('wait', {}, { signal: abort.signal })
    abort.abort()
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' })
    await waitAborted
    await client.call('add', { a: 1 })
    expect(unexpected).toEqual([])
    near.close()
  })

  it.each([
    ['bytes that are no message', new Uint8Array([1, 2, 3])],
    ['a message of no known type', encode({ t: 'shutdown', id: 1 })],
    ['a credit without end', encode({ t: 'pull', id: 1, credit: 1e12 })],
  ])('close the wire on %s', async (_name, bytes) => {
    const { client, near, unexpected } = await overPipe()
    const call = client.call('wait', {})
    near.send(bytes)
    await expect(call).rejects.toMatchObject({ code: 'CLOSED' })
    expect(unexpected).toHaveLength(1)
  })
})
