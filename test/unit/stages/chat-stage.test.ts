import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ChatRequest } from '../../../src/contract/chat-stream.ts'
import { createJobSlot } from '../../../src/engine/job-slot.ts'
import { Decoder } from '../../../src/engine/generation/decoder.ts'
import { writeAdapterFolder } from '../../../src/engine/model/adapter/adapter-folder.ts'
import { openSafetensors } from '../../../src/engine/model/safetensors.ts'
import { writeSafetensors } from '../../../src/engine/model/write-safetensors.ts'
import { ChatModels } from '../../../src/engine/stages/chat-models.ts'
import { chatDefaults, chatStage } from '../../../src/engine/stages/chat-stage.ts'
import { openModel } from '../../../src/engine/stages/model-context.ts'
import { hash32 } from '../../../src/engine/tensor/random.ts'
import { trainedAdapter } from '../adapter/tiny-adapter.ts'

const golden = join(import.meta.dirname, '../../golden/tied/model')
const home = mkdtempSync(join(tmpdir(), 'spin-chat-'))
const never = new AbortController().signal
const models = new ChatModels()
afterAll(async () => {
  await models.release()
  rmSync(home, { recursive: true })
})

const question = (settings: object = {}, modelDir = golden, content = 'Say 4 twice') =>
  ChatRequest.parse({
    modelDir,
    messages: [{ role: 'user', content }],
    settings: { maxNewTokens: 30, ...settings },
  })

async function ask(request: ReturnType<typeof question>, asked = models) {
  const pieces: string[] = []
  let begin = null
  for await (const event of chatStage(request, never, asked)) {
    if (event.kind === 'begin') begin = event
    else if (event.kind === 'text') pieces.push(event.text)
    else return { begin: begin!, pieces, done: event }
  }
  throw new Error('the answer did not end')
}

/** What generation gives for the same prompt and seed, in calls of any length. */
async function plain({ modelDir, messages, settings }: ReturnType<typeof question>) {
  const { folder, renderer, tokenizer } = await openModel(modelDir, settings.promptFormat)
  const decoder = new Decoder(folder, { ...settings, batchSize: 4 }, 1)
  const seed = hash32(settings.seed, 'chat', messages.length)
  for await (const { answered } of decoder.answers([{ ids: renderer.prompt(messages), seed }])) {
    if (!answered[0]) continue
    await decoder.release()
    const { ids, finish } = answered[0].answer
    return { text: tokenizer.decode(ids, { skipSpecial: true }), tokens: ids.length, finish }
  }
  throw new Error('the answer did not end')
}

test.each([
  ['greedy', { temperature: 0 }],
  ['sampled', { temperature: 0.9, seed: 5 }],
  ['sampled from the likeliest', { temperature: 1.3, topK: 12, topP: 0.8 }],
  ['with another longest answer', { temperature: 0.9, seed: 5, maxNewTokens: 7 }],
])('%s: the answer is that of generation, and its pieces join to it', async (_, settings) => {
  const request = question(settings)
  const { begin, pieces, done } = await ask(request)
  const expected = await plain(request)
  expect({ text: done.text, tokens: done.tokens, finish: done.finish }).toEqual(expected)
  expect(pieces.join('')).toBe(done.text)
  expect(begin.promptTokens).toBe(done.promptTokens)
})

test('a second turn, at another temperature and length, uses the program of the first', async () => {
  const own = new ChatModels()
  await ask(question({ temperature: 0.7, maxNewTokens: 20 }), own)
  const model = await own.open(golden, 'chat')
  const { decoder } = model
  await ask(question({ temperature: 1.1, maxNewTokens: 40 }), own)
  expect((await own.open(golden, 'chat')).decoder).toBe(decoder)
  await ask(question({ temperature: 1.1, topK: 3 }), own)
  expect(model.decoder).not.toBe(decoder)
  await own.release()
  expect(model.decoder).toBeNull()
})

test('a folder whose weights have changed is loaded anew', async () => {
  const dir = join(home, 'changed')
  cpSync(golden, dir, { recursive: true })
  const request = question({ temperature: 0 }, dir)
  const before = await ask(request)
  const path = join(dir, 'model.safetensors')
  const weights = openSafetensors(path)
  const changed = new Map(
    [...weights.tensors].map(([name, { shape }]) => {
      const data = Float32Array.from(weights.read(name), (x) => (name.includes('q_proj') ? -x : x))
      return [name, { shape, data }]
    }),
  )
  rmSync(path)
  await writeSafetensors(path, changed, 'F32')
  const after = await ask(request)
  expect(after.done.text).toBe((await plain(request)).text)
  expect(after.done.text).not.toBe(before.done.text)
})

test('a folder that is gone is said to be gone, and one with a link to nothing still answers', async () => {
  const dir = join(home, 'going')
  cpSync(golden, dir, { recursive: true })
  symlinkSync(join(home, 'nowhere'), join(dir, 'notes.md'))
  const request = question({ temperature: 0 }, dir)
  const { done } = await ask(request)
  expect((await ask(request)).done.text).toBe(done.text)
  rmSync(dir, { recursive: true })
  await expect(ask(request)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
})

test('an adapter folder answers as its base with the adapter', async () => {
  const from = (await openModel(golden, 'chat')).folder
  const adapter = trainedAdapter(from.config, {}, 0.8)
  const dir = await writeAdapterFolder({ from, adapter, outDir: join(home, 'adapter') })
  const request = question({ temperature: 0 }, dir)
  const { done } = await ask(request)
  expect(done.text).toBe((await plain(request)).text)
  expect(done.text).not.toBe((await ask(question({ temperature: 0 }))).done.text)
})

test('at most two models stay loaded', async () => {
  const own = new ChatModels()
  const opened = []
  for (const name of ['one', 'two', 'three']) {
    const dir = join(home, name)
    cpSync(golden, dir, { recursive: true })
    await ask(question({}, dir), own)
    opened.push(await own.open(dir, 'chat'))
  }
  expect(opened.map(({ decoder }) => decoder !== null)).toEqual([false, true, true])
  await own.release()
})

test('a conversation that fills the context is refused with the numbers; a shorter one is answered up to its end', async () => {
  const error = { code: 'BAD_INPUT', data: { promptTokens: expect.any(Number), context: 128 } }
  const long = question({}, golden, 'twice '.repeat(60))
  await expect(ask(long)).rejects.toMatchObject(error)
  await expect(ask(long)).rejects.toThrow(
    /This conversation has \d+ tokens, and the model’s context holds 128/,
  )

  // Greedy random models repeat themselves: this one goes on to the end of the context.
  const full = await ask(question({ temperature: 0, maxNewTokens: 500 }, golden, 'twice '.repeat(14)))
  expect(full.begin.maxNewTokens).toBe(128 - full.begin.promptTokens)
  expect(full.done).toMatchObject({ finish: 'context', tokens: full.begin.maxNewTokens })
})

test('the official format, which holds one instruction, refuses a conversation', async () => {
  const request = question({ promptFormat: 'official' })
  const longer = [
    ...request.messages,
    { role: 'assistant' as const, content: '44' },
    { role: 'user' as const, content: 'And 5?' },
  ]
  await expect(ask({ ...request, messages: longer })).rejects.toThrow(/holds one instruction.* 3 messages/)
  expect((await ask(request)).done.tokens).toBeGreaterThan(0)
})

test('an answer that is stopped gives the engine back at once, and the next turn is answered', async () => {
  const jobs = createJobSlot()
  const abort = new AbortController()
  const request = question({ temperature: 0, maxNewTokens: 90 })
  const stopped = jobs.stream('chat', abort.signal, async () => chatStage(request, abort.signal, models))
  expect((await stopped.next()).value).toMatchObject({ kind: 'begin' })
  abort.abort()
  await expect(stopped.next()).rejects.toMatchObject({ code: 'CANCELLED' })

  const left = jobs.stream('chat', never, async () => chatStage(request, never, models))
  await left.next()
  await left.return()
  const events = []
  for await (const event of jobs.stream('chat', never, async () => chatStage(request, never, models)))
    events.push(event)
  expect(events.at(-1)).toMatchObject({ kind: 'done', text: (await plain(request)).text })
})

test('defaults are generation_config.json’s; without a word about sampling they are greedy', async () => {
  const dir = join(home, 'defaults')
  cpSync(golden, dir, { recursive: true })
  expect(await chatDefaults(dir)).toMatchObject({
    temperature: 0,
    topK: 0,
    topP: 1,
    maxNewTokens: null,
    context: 128,
  })
  const path = join(dir, 'generation_config.json')
  const stated = { ...JSON.parse(readFileSync(path, 'utf8')), do_sample: true, temperature: 0.6, top_k: 20 }
  writeFileSync(path, JSON.stringify({ ...stated, repetition_penalty: 1.1 }))
  const defaults = await chatDefaults(dir)
  expect(defaults).toMatchObject({ temperature: 0.6, topK: 20, topP: 1 })
  expect(defaults.warnings.join(' ')).toContain('repetition_penalty')
})
