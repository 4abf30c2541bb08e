import { AppError, errorCodes, type ErrorCode, type ErrorData } from '../contract/errors.ts'

/**
 * Calls and pull-based streams over anything that carries bytes in order (the shape of VS Code's
 * `base/parts/ipc/common/ipc.ts`). A stream's producer only advances while the reader has credit left, so a slow
 * reader slows the producer down and no buffer can grow without bound.
 */

/** An ordered, reliable carrier of whole messages. */
export interface Wire {
  /** Ignored once the wire is closed: the close listeners have already told everybody. */
  send(message: Uint8Array): void
  /** One listener, set in the turn of the event loop in which the wire was made. */
  onMessage(listener: (message: Uint8Array) => void): void
  /** Called once, also when the wire was already closed; `reason` is null for an orderly close. */
  onClose(listener: (reason: Error | null) => void): void
  close(): void
}

export type Request =
  | { t: 'call'; id: number; name: string; input: unknown }
  | { t: 'open'; id: number; name: string; input: unknown; credit: number }
  | { t: 'pull'; id: number; credit: number } // credit: further events the reader has room for
  | { t: 'cancel'; id: number }
  | { t: 'ping'; id: number } // answered with a value at once: the other side's event loop turns

export type Reply =
  | { t: 'ready' } // sent once, before anything else
  | { t: 'value'; id: number; value: unknown }
  | { t: 'event'; id: number; value: unknown }
  | { t: 'end'; id: number } // the producer has ended, its `finally` blocks have run
  | { t: 'error'; id: number; code: ErrorCode; message: string; data: ErrorData }

export const maxCredit = 4096

/** Throws BAD_INPUT for anything that is not a request. */
export function parseRequest(message: unknown): Request {
  const m = asRecord(message)
  const { t, id, name, input, credit } = m
  if (isId(id)) {
    if (t === 'cancel' || t === 'ping') return { t, id }
    if (t === 'call' && typeof name === 'string') return { t, id, name, input }
    if (isCredit(credit)) {
      if (t === 'pull') return { t, id, credit }
      if (t === 'open' && typeof name === 'string') return { t, id, name, input, credit }
    }
  }
  throw notOfProtocol('a request (call, open, pull, cancel or ping)', m)
}

/** Throws BAD_INPUT for anything that is not a reply. An error code of a newer peer becomes INTERNAL. */
export function parseReply(message: unknown): Reply {
  const m = asRecord(message)
  const { t, id } = m
  if (t === 'ready') return { t }
  if (isId(id)) {
    if (t === 'value' || t === 'event') return { t, id, value: m['value'] }
    if (t === 'end') return { t, id }
    if (t === 'error' && typeof m['message'] === 'string') {
      const code = errorCodes.find((known) => known === m['code']) ?? 'INTERNAL'
      return { t, id, code, message: m['message'], data: asRecord(m['data'] ?? {}) as ErrorData }
    }
  }
  throw notOfProtocol('a reply (ready, value, event, end or error)', m)
}

function asRecord(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new AppError(
    'BAD_INPUT',
    `Expected a message object on the wire, found ${value === null ? 'null' : typeof value}`,
  )
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}

function isCredit(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= maxCredit
}

function notOfProtocol(expected: string, found: Record<string, unknown>): AppError {
  const keys = Object.keys(found).join(', ')
  return new AppError(
    'BAD_INPUT',
    `Expected ${expected} on the wire, found type ${String(found['t'])} with keys ${keys}`,
  )
}
