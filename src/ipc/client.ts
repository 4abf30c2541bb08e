import { AppError } from '../contract/errors.ts'
import { decode, encode } from './codec.ts'
import type {
  CallInput,
  CallName,
  CallOutput,
  Contract,
  StreamEvent,
  StreamInput,
  StreamName,
} from './contract.ts'
import { maxCredit, parseReply, type Reply, type Request, type Wire } from './protocol.ts'

export interface CallOptions {
  signal?: AbortSignal | undefined
}
export interface StreamOptions extends CallOptions {
  /** Events that may be on their way before the reader asks for them (1–4096). 1 = strictly one at a time. */
  window?: number | undefined
}

export interface Client<C extends Contract> {
  /**
   * Rejects with the server's AppError; with CANCELLED as soon as the signal is aborted (the server's handler is
   * told, its answer is dropped); with CLOSED when the wire closes.
   */
  call<N extends CallName<C>>(
    name: N,
    input: CallInput<C, N>,
    options?: CallOptions,
  ): Promise<CallOutput<C, N>>
  /**
   * Nothing is asked before the first `next()`; each iteration is a request of its own. Leaving the loop, `return()`
   * and the signal end the generator on the server and wait until its `finally` blocks have run, so that what comes
   * next finds it gone. After an abort the reader gets CANCELLED.
   */
  stream<N extends StreamName<C>>(
    name: N,
    input: StreamInput<C, N>,
    options?: StreamOptions,
  ): AsyncIterable<StreamEvent<C, N>>
  /** Resolves when the other side's event loop has turned; rejects with CLOSED. */
  ping(): Promise<void>
  /** Resolves when the server has said that it is there; rejects with CLOSED. */
  readonly ready: Promise<void>
  close(): void
}

const defaultWindow = 16

interface Receiver {
  receive(reply: Exclude<Reply, { t: 'ready' }>): void
  fail(error: Error): void
}

export function connect<C extends Contract>(wire: Wire): Client<C> {
  const receivers = new Map<number, Receiver>()
  const ready = Promise.withResolvers<void>()
  ready.promise.catch(() => undefined) // whoever awaits `ready` gets the error; nobody has to
  let closedBy: AppError | null = null
  let lastId = 0

  wire.onMessage((bytes) => {
    try {
      const reply = parseReply(decode(bytes))
      if (reply.t === 'ready') ready.resolve()
      else receivers.get(reply.id)?.receive(reply)
    } catch (error) {
      shut(
        new AppError(
          'CLOSED',
          'The other side does not speak the protocol; the connection was closed',
          {},
          { cause: error },
        ),
      )
      wire.close()
    }
  })
  wire.onClose((reason) => {
    const why = reason ? `: ${reason.message}` : ''
    shut(new AppError('CLOSED', `The connection closed${why}`, {}, reason ? { cause: reason } : undefined))
  })

  function shut(error: AppError): void {
    if (closedBy) return
    closedBy = error
    ready.reject(error)
    const pending = [...receivers.values()]
    receivers.clear()
    for (const receiver of pending) receiver.fail(error)
  }

  function send(request: Request): void {
    wire.send(encode(request))
  }

  function begin(signal: AbortSignal | undefined): number {
    if (signal?.aborted) throw cancelled(signal)
    if (closedBy) throw closedBy
    return ++lastId
  }

  async function call(name: string, input: unknown, options: CallOptions = {}): Promise<unknown> {
    const { signal } = options
    const id = begin(signal)
    const answer = Promise.withResolvers<unknown>()
    const abort = (): void => {
      send({ t: 'cancel', id })
      answer.reject(cancelled(signal))
    }
    receivers.set(id, {
      receive(reply) {
        if (reply.t === 'value') answer.resolve(reply.value)
        else if (reply.t === 'error') answer.reject(new AppError(reply.code, reply.message, reply.data))
        else answer.reject(new AppError('INTERNAL', `Expected the value of ${name}, found ${reply.t}`))
      },
      fail: answer.reject,
    })
    signal?.addEventListener('abort', abort, { once: true })
    try {
      send({ t: 'call', id, name, input })
      return await answer.promise
    } finally {
      signal?.removeEventListener('abort', abort)
      receivers.delete(id)
    }
  }

  async function ping(): Promise<void> {
    const id = begin(undefined)
    const answer = Promise.withResolvers<void>()
    receivers.set(id, { receive: () => answer.resolve(), fail: answer.reject })
    try {
      send({ t: 'ping', id })
      await answer.promise
    } finally {
      receivers.delete(id)
    }
  }

  function iterate(
    name: string,
    input: unknown,
    { signal, window = defaultWindow }: StreamOptions,
  ): AsyncIterator<unknown> {
    const credit = Math.min(Math.max(1, Math.floor(window)), maxCredit)
    const refillAt = Math.ceil(credit / 2)
    const inbox = createInbox()
    let id = 0
    const cancel = (): void => {
      if (id === 0 || inbox.ended() || inbox.cancelled()) return
      inbox.cancel()
      send({ t: 'cancel', id })
    }
    async function* events(): AsyncGenerator<unknown, void, void> {
      id = begin(signal)
      send({ t: 'open', id, name, input, credit })
      receivers.set(id, inbox)
      signal?.addEventListener('abort', cancel, { once: true })
      try {
        let taken = 0
        for (;;) {
          const step = await inbox.take()
          if (signal?.aborted) throw cancelled(signal)
          if (step.done) return
          if (++taken === refillAt) {
            send({ t: 'pull', id, credit: taken })
            taken = 0
          }
          yield step.value
          if (signal?.aborted) throw cancelled(signal)
        }
      } finally {
        if (!inbox.ended()) {
          cancel()
          await inbox.whenEnded
        }
        signal?.removeEventListener('abort', cancel)
        receivers.delete(id)
      }
    }
    const generator = events()
    return {
      next: () => generator.next(),
      return() {
        cancel() // at once: the generator itself would first wait for the next event
        return generator.return()
      },
    }
  }

  return {
    call: call as Client<C>['call'],
    stream: ((name: string, input: unknown, options: StreamOptions = {}) => ({
      [Symbol.asyncIterator]: () => iterate(name, input, options),
    })) as Client<C>['stream'],
    ping,
    ready: ready.promise,
    close: () => wire.close(),
  }
}

interface Inbox extends Receiver {
  /** The next event; `done` at the end and after `cancel`; throws the server's error. */
  take(): Promise<{ done: boolean; value?: unknown }>
  cancel(): void
  cancelled(): boolean
  ended(): boolean
  readonly whenEnded: Promise<void>
}

/** Holds at most the stream's credit in events. */
function createInbox(): Inbox {
  const events: unknown[] = []
  const end = Promise.withResolvers<void>()
  let wake: (() => void) | null = null
  let ended = false
  let cancelled = false
  let failure: Error | null = null

  function notify(): void {
    wake?.()
    wake = null
  }
  function finish(error: Error | null): void {
    if (ended) return
    ended = true
    failure = error
    end.resolve()
    notify()
  }
  return {
    receive(reply) {
      if (ended) return
      if (reply.t === 'end') return finish(null)
      if (reply.t === 'error') return finish(new AppError(reply.code, reply.message, reply.data))
      if (cancelled) return
      events.push(reply.value)
      notify()
    },
    fail: finish,
    async take() {
      for (;;) {
        if (!cancelled && events.length > 0) return { done: false, value: events.shift() }
        if (ended) {
          if (failure && !cancelled) throw failure
          return { done: true }
        }
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    cancel() {
      cancelled = true
      events.length = 0
    },
    cancelled: () => cancelled,
    ended: () => ended,
    whenEnded: end.promise,
  }
}

function cancelled(signal: AbortSignal | undefined): AppError {
  return new AppError('CANCELLED', 'The operation was cancelled', {}, { cause: signal?.reason })
}
