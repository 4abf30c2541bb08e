import { afterEach, expect, test } from 'vitest'
import type { z } from 'zod'
import { chatContract, type ChatEvent } from '../../../src/contract/app/chat.ts'
import type { AppContract } from '../../../src/contract/app.ts'
import type { ChatRequest, ChatSettings } from '../../../src/contract/chat-stream.ts'
import { connect } from '../../../src/ipc/client.ts'
import { createPipeWire } from '../../../src/ipc/pipe-wire.ts'
import { serve } from '../../../src/ipc/server.ts'
import { emptyChat, settled } from '../../../src/renderer/chat/chat-state.ts'
import { Conversation } from '../../../src/renderer/chat/conversation.ts'
import { openSocketPair } from '../ipc/socket-pair.ts'

const settings: ChatSettings = {
  temperature: 0.7,
  topK: 0,
  topP: 1,
  maxNewTokens: 50,
  seed: 1,
  promptFormat: 'chat',
}
const left = { column: 0, dir: '/left', name: 'Left' } as const
const right = { column: 1, dir: '/right', name: 'Right' } as const

type Asked = z.output<typeof ChatRequest>

/** Main's side of the wire: every model says its name and how many messages it was sent, in two pieces. */
async function openChat({ restarts = false, hangs = false } = {}) {
  const asked: Asked[] = []
  const [near, far] = await openSocketPair()
  serve(
    createPipeWire(far),
    { calls: {}, streams: chatContract.streams },
    {
      calls: {},
      streams: {
        async *chat(request, signal): AsyncGenerator<ChatEvent> {
          asked.push(request)
          const text = `${request.modelDir} heard ${request.messages.length}`
          const begin = { kind: 'begin', promptTokens: 9, maxNewTokens: 50, loadSeconds: 0 } as const
          const events: ChatEvent[] = [begin, { kind: 'text', text: text.slice(0, 4), tokens: 1 }]
          if (restarts) events.push({ kind: 'log', level: 'warning', message: 'again' }, ...events)
          yield* events
          if (hangs && !signal.aborted)
            await new Promise((resolve) => signal.addEventListener('abort', resolve))
          yield { kind: 'text', text: text.slice(4), tokens: 2 }
          yield { kind: 'done', finish: 'stop', promptTokens: 9, tokens: 2, seconds: 1, text }
        },
      },
    },
  )
  const client = connect<AppContract>(createPipeWire(near))
  closers.push(() => client.close())
  return { asked, conversation: new Conversation(client, emptyChat) }
}

const closers: (() => void)[] = []
afterEach(() => closers.splice(0).forEach((close) => close()))

const texts = (conversation: Conversation) =>
  conversation.look().turns.map(({ answers }) => answers.map((answer) => answer?.text ?? null))

test('each column’s model is sent its own answers as its past', async () => {
  const { asked, conversation } = await openChat()
  await conversation.say('one', [left, right], settings)
  await conversation.say('two', [left, right], settings)
  expect(texts(conversation)).toEqual([
    ['/left heard 1', '/right heard 1'],
    ['/left heard 3', '/right heard 3'],
  ])
  expect(asked.at(-1)!.messages).toEqual([
    { role: 'user', content: 'one' },
    { role: 'assistant', content: '/right heard 1' },
    { role: 'user', content: 'two' },
  ])
})

test('a turn that a model was not asked for is left out of its past, until it is asked', async () => {
  const { asked, conversation } = await openChat()
  await conversation.say('one', [left], settings)
  await conversation.say('two', [left, right], settings)
  expect(asked.at(-1)!.messages).toEqual([{ role: 'user', content: 'two' }])
  const [first] = conversation.look().turns
  await conversation.ask(first!.id, right, settings)
  await conversation.say('three', [right], settings)
  expect(asked.at(-1)!.messages.map(({ content }) => content)).toEqual([
    'one',
    '/right heard 1',
    'two',
    '/right heard 1',
    'three',
  ])
})

test('an answer that begins anew shows no text twice', async () => {
  const { conversation } = await openChat({ restarts: true })
  await conversation.say('one', [left], settings)
  expect(texts(conversation)).toEqual([['/left heard 1', null]])
})

test('stopping keeps what is there, which the next turn has as the answer', async () => {
  const { asked, conversation } = await openChat({ hangs: true })
  const saying = conversation.say('one', [left], settings)
  const writing = () => conversation.look().turns[0]!.answers[0]!.phase === 'writing'
  await new Promise<void>((resolve) => conversation.subscribe(() => writing() && resolve()))
  conversation.stop()
  await saying
  expect(conversation.look().turns[0]!.answers[0]).toMatchObject({ phase: 'stopped', text: '/lef' })
  const next = conversation.say('two', [left], settings)
  conversation.stop()
  await next
  expect(asked.at(-1)!.messages[1]).toEqual({ role: 'assistant', content: '/lef' })
})

test('the last message comes back out with its answers, also while they are on their way', async () => {
  const { conversation } = await openChat({ hangs: true })
  const saying = conversation.say('one', [left, right], settings)
  expect(conversation.takeBack()).toBe('one')
  await saying
  expect(conversation.look()).toEqual(emptyChat)
  expect(conversation.takeBack()).toBeNull()
})

test('a held-out prompt’s earlier turns go before every question', async () => {
  const { asked, conversation } = await openChat()
  await conversation.say('old', [left], settings)
  const prompt = [
    { role: 'system' as const, content: 'Be brief.' },
    { role: 'user' as const, content: 'Why?' },
  ]
  conversation.start({ row: 3, rows: 9, prompt, answer: 'Because.' })
  await conversation.say('Why?', [left, right], settings)
  expect(asked.map(({ messages }) => messages).slice(1)).toEqual([prompt, prompt])
  conversation.clear()
  expect(conversation.look()).toEqual(emptyChat)
})

test('a stored conversation has no answer on its way', async () => {
  const { conversation } = await openChat({ hangs: true })
  const saying = conversation.say('one', [left], settings)
  const kept = JSON.stringify(settled(conversation.look()))
  expect(JSON.parse(kept).turns[0].answers[0].phase).toBe('stopped')
  conversation.stop()
  await saying
})
