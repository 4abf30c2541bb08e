import { expect, test } from 'vitest'
import type { ChatEvent } from '../../../src/contract/app/chat.ts'
import { AppError } from '../../../src/contract/errors.ts'
import { answerChat } from '../../../src/main/chat/answer-chat.ts'
import { createTurns } from '../../../src/main/chat/turns.ts'
import type { EngineAccess } from '../../../src/main/loop/engine-access.ts'

const never = new AbortController().signal
const request = { modelDir: '/m', messages: [{ role: 'user' as const, content: 'Hi' }], settings: {} }
const done = {
  kind: 'done',
  finish: 'stop',
  promptTokens: 3,
  tokens: 1,
  seconds: 0.1,
  text: 'Hi',
} as const
const begin = { kind: 'begin', promptTokens: 3, maxNewTokens: 9, loadSeconds: 0 } as const

/** An engine whose answers end when they are told to; it says what it was asked, in order. */
function createEngine(busyWith: string[] = []) {
  const log: string[] = []
  const gates: (() => void)[] = []
  const stream = async function* (_name: string, asked: typeof request, { signal }: { signal: AbortSignal }) {
    const running = busyWith.shift()
    if (running) throw new AppError('BUSY', 'The engine is at something else', { running })
    log.push(`asked ${asked.modelDir}`)
    const gate = Promise.withResolvers<void>()
    gates.push(gate.resolve)
    signal.addEventListener('abort', () => gate.resolve())
    try {
      yield begin
      await gate.promise
      if (signal.aborted) throw new AppError('CANCELLED', 'The answer was stopped.')
      yield done
    } finally {
      log.push(`ended ${asked.modelDir}`)
    }
  }
  const engine = {
    call: () => Promise.reject(new Error('no call was expected')),
    stream,
  } as unknown as EngineAccess
  return { engine, log, release: () => gates.shift()?.() }
}

async function collect(events: AsyncIterable<ChatEvent>): Promise<string[]> {
  const kinds: string[] = []
  for await (const event of events)
    kinds.push(event.kind === 'waiting' ? `waiting ${event.running}` : event.kind)
  return kinds
}

test('two answers asked at once come one after the other, and the second says that it waits', async () => {
  const { engine, log, release } = createEngine()
  const turns = createTurns()
  const left = answerChat(engine, turns, { ...request, modelDir: 'left' }, never)
  expect((await left.next()).value).toEqual(begin)
  const right = collect(answerChat(engine, turns, { ...request, modelDir: 'right' }, never))
  release()
  expect(await collect(left)).toEqual(['done'])
  // The right one begins once the left one has ended, so it can be released only then.
  while (log.length < 3) await Promise.resolve()
  release()
  expect(await right).toEqual(['waiting chat', 'begin', 'done'])
  expect(log).toEqual(['asked left', 'ended left', 'asked right', 'ended right'])
})

test('stopping while another answer is in the making ends the waiting, and the turn after it comes', async () => {
  const { engine, log, release } = createEngine()
  const turns = createTurns()
  const left = answerChat(engine, turns, { ...request, modelDir: 'left' }, never)
  await left.next()
  const abort = new AbortController()
  const waiting = collect(answerChat(engine, turns, { ...request, modelDir: 'stopped' }, abort.signal))
  const third = collect(answerChat(engine, turns, { ...request, modelDir: 'third' }, never))
  abort.abort()
  await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' })
  await left.return()
  while (log.length < 3) await Promise.resolve()
  release()
  release()
  expect(await third).toEqual(['waiting chat', 'begin', 'done'])
  expect(log).not.toContain('asked stopped')
})

test('an answer waits while the engine is at another job, and names it once', async () => {
  const { engine, release } = createEngine(['forecast', 'forecast'])
  const answer = answerChat(engine, createTurns(), request, never)
  const kinds = []
  for await (const event of answer) {
    kinds.push(event)
    if (event.kind === 'begin') release()
  }
  expect(kinds).toEqual([{ kind: 'waiting', running: 'forecast' }, begin, done])
})

test('an answer that fails leaves its turn to the next', async () => {
  const { engine, release } = createEngine()
  const broken = {
    ...engine,
    // oxlint-disable-next-line require-yield
    stream: async function* () {
      throw new AppError('MODEL_BROKEN', 'no tokenizer')
    },
  } as unknown as EngineAccess
  const turns = createTurns()
  await expect(collect(answerChat(broken, turns, request, never))).rejects.toMatchObject({
    code: 'MODEL_BROKEN',
  })
  const next = answerChat(engine, turns, request, never)
  expect((await next.next()).value).toEqual(begin)
  release()
  expect(await collect(next)).toEqual(['done'])
})
