import { AppError } from '../contract/errors.ts'
import { decode, encode } from './codec.ts'
import type {
  CallName,
  CallOutput,
  Contract,
  ParsedCallInput,
  ParsedStreamInput,
  StreamEvent,
  StreamName,
} from './contract.ts'
import { parseRequest, type Reply, type Request, type Wire } from './protocol.ts'

/**
 * The signal is aborted when the caller cancels, leaves the stream or disappears. A generator that is waiting for the
 * reader is ended by `return()`; one that is at work must look at the signal itself.
 */
export interface Handlers<C extends Contract> {
  calls: {
    [N in CallName<C>]: (
      input: ParsedCallInput<C, N>,
      signal: AbortSignal,
    ) => Promise<CallOutput<C, N>> | CallOutput<C, N>
  }
  streams: {
    [N in StreamName<C>]: (
      input: ParsedStreamInput<C, N>,
      signal: AbortSignal,
    ) => AsyncIterable<StreamEvent<C, N>>
  }
}

export interface ServeOptions {
  /** Where errors that nobody expected go, with the id under which they cross. Default: stderr. */
  onUnexpected?: (error: unknown, id: string) => void
}

interface Job {
  abort: AbortController
  credit: number // events the reader still has room for
  wake: (() => void) | null
}

type Schema = Contract['calls'][string]['input']
type AnyCall = (input: unknown, signal: AbortSignal) => unknown
type AnyStream = (input: unknown, signal: AbortSignal) => AsyncIterable<unknown>

/** Serves a contract on a wire until it closes; then every running job is aborted. */
export function serve<C extends Contract>(
  wire: Wire,
  contract: C,
  handlers: Handlers<C>,
  options: ServeOptions = {},
): void {
  const jobs = new Map<number, Job>()
  const calls = handlers.calls as Record<string, AnyCall>
  const streams = handlers.streams as Record<string, AnyStream>
  const onUnexpected =
    options.onUnexpected ?? ((error, id) => console.error(`Unexpected error ${id}:`, error))

  function send(reply: Reply): void {
    wire.send(encode(reply))
  }

  function sendError(id: number, error: unknown, job: Job): void {
    if (error instanceof AppError) {
      send({ t: 'error', id, code: error.code, message: error.message, data: error.data })
    } else if (job.abort.signal.aborted && error instanceof Error && error.name === 'AbortError') {
      send({ t: 'error', id, code: 'CANCELLED', message: 'The operation was cancelled', data: {} })
    } else {
      const errorId = crypto.randomUUID().slice(0, 8)
      onUnexpected(error, errorId)
      const message = `Something unexpected went wrong (error ${errorId}); the log says more under this id`
      send({ t: 'error', id, code: 'INTERNAL', message, data: { errorId } })
    }
  }

  async function answer(request: Request & { t: 'call' }, job: Job): Promise<void> {
    const { id, name } = request
    const { schema, handler } = find(contract.calls, calls, name)
    const value = await handler(parseInput(name, schema, request.input), job.abort.signal)
    send({ t: 'value', id, value })
  }

  async function produce(request: Request & { t: 'open' }, job: Job): Promise<void> {
    const { id, name } = request
    const { signal } = job.abort
    const { schema, handler } = find(contract.streams, streams, name)
    const iterator = handler(parseInput(name, schema, request.input), signal)[Symbol.asyncIterator]()
    let ended = false
    try {
      while (!signal.aborted) {
        if (job.credit === 0) {
          await new Promise<void>((resolve) => {
            job.wake = resolve
          })
          continue
        }
        const step = await iterator.next()
        if (step.done) {
          ended = true
          break
        }
        if (signal.aborted) break
        job.credit--
        send({ t: 'event', id, value: step.value })
      }
    } finally {
      if (!ended) await iterator.return?.()
    }
    send({ t: 'end', id })
  }

  function start(request: Request & { t: 'call' | 'open' }): void {
    const { id } = request
    if (jobs.has(id))
      throw new AppError('BAD_INPUT', `Expected a fresh id for ${request.name}, found ${id} in use`)
    const job: Job = {
      abort: new AbortController(),
      credit: request.t === 'open' ? request.credit : 0,
      wake: null,
    }
    jobs.set(id, job)
    void (request.t === 'call' ? answer(request, job) : produce(request, job))
      .catch((error: unknown) => sendError(id, error, job))
      .finally(() => jobs.delete(id))
  }

  function wake(job: Job): void {
    job.wake?.()
    job.wake = null
  }

  wire.onMessage((bytes) => {
    try {
      const request = parseRequest(decode(bytes))
      if (request.t === 'call' || request.t === 'open') return start(request)
      if (request.t === 'ping') return send({ t: 'value', id: request.id, value: null })
      const job = jobs.get(request.id)
      if (!job) return // it ended while this message was on its way
      if (request.t === 'pull') job.credit += request.credit
      else job.abort.abort()
      wake(job)
    } catch (error) {
      // A peer that does not speak the protocol: nothing it says next can be trusted.
      onUnexpected(error, 'wire')
      wire.close()
    }
  })
  wire.onClose(() => {
    for (const job of jobs.values()) {
      job.abort.abort()
      wake(job)
    }
  })
  send({ t: 'ready' })
}

function find<H>(
  schemas: Readonly<Record<string, { readonly input: Schema }>>,
  handlers: Readonly<Record<string, H>>,
  name: string,
): { schema: Schema; handler: H } {
  const entry = Object.hasOwn(schemas, name) ? schemas[name] : undefined
  const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined
  if (entry && handler) return { schema: entry.input, handler }
  throw new AppError(
    'BAD_INPUT',
    `Expected one of ${Object.keys(schemas).join(', ')}, found ${JSON.stringify(name)}`,
    { name },
  )
}

const shownIssues = 5

function parseInput(name: string, schema: Schema, input: unknown): unknown {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => ({
    path: issue.path.map(String).join('.'),
    message: issue.message,
  }))
  const shown = issues
    .slice(0, shownIssues)
    .map(({ path, message }) => (path ? `${path}: ${message}` : message))
  const more = issues.length > shownIssues ? ` (and ${issues.length - shownIssues} more)` : ''
  throw new AppError('BAD_INPUT', `${name}: ${shown.join('; ')}${more}`, {
    name,
    path: issues[0]?.path ?? '',
    paths: issues.map((issue) => issue.path),
  })
}
