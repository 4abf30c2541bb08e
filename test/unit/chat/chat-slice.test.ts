import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ImportResult } from '../../../src/contract/engine.ts'
import { LoopSetup } from '../../../src/contract/project.ts'
import { workstationPlan } from '../../../src/contract/presets.ts'
import { type App, createApp } from '../../../src/main/app.ts'
import { createChatHandlers } from '../../../src/main/chat/chat-handlers.ts'
import { createServices, type Services } from '../../../src/main/services.ts'
import { writeRepeats } from '../loop/repeated-rows.ts'

const modelDir = join(import.meta.dirname, '../../golden/tied/model')
const home = mkdtempSync(join(tmpdir(), 'spin-chat-slice-'))
const never = new AbortController().signal
let app: App
let services: Services
let handlers: ReturnType<typeof createChatHandlers>
beforeAll(() => {
  app = createApp({ dataDir: home })
  services = createServices(app, home)
  handlers = createChatHandlers(services)
})
afterAll(async () => {
  await app.dispose()
  rmSync(home, { recursive: true })
})

const question = (content: string, maxNewTokens = 20) => ({
  modelDir,
  messages: [{ role: 'user' as const, content }],
  settings: {
    temperature: 0.8,
    topK: 0,
    topP: 1,
    maxNewTokens,
    seed: 3,
    promptFormat: 'chat' as const,
  },
})

async function answer(content: string): Promise<string> {
  for await (const event of handlers.streams.chat(question(content), never))
    if (event.kind === 'done') return event.text
  throw new Error('the answer did not end')
}

test('the engine answers two columns at once, the same text again for the same seed, and goes on after a stop', async () => {
  const [first, second] = await Promise.all([answer('Say 4'), answer('Say 4')])
  expect(second).toBe(first)
  for await (const event of handlers.streams.chat(question('Say 4', 60), never))
    if (event.kind === 'begin') break
  expect(await answer('Say 4')).toBe(first)
})

test('a held-out prompt is a row of the project’s own held-out file, counted on behind the last', async () => {
  const projectId = services.projects.create('Talk')
  await expect(handlers.calls.heldOutPrompt({ projectId, row: 0 }, never)).rejects.toMatchObject({
    code: 'BAD_INPUT',
  })
  const source = join(home, 'rows.jsonl')
  writeRepeats(source, 40)
  let data: ImportResult | null = null
  const request = { sources: [source], outDir: join(home, 'data'), testShare: 0.3 }
  for await (const event of app.inspector.stream('importDataset', request))
    if (event.kind === 'done') data = event
  services.projects.updateDraft(projectId, (draft) => ({ ...draft, data }))

  const a = await handlers.calls.heldOutPrompt({ projectId, row: 1 }, never)
  const b = await handlers.calls.heldOutPrompt({ projectId, row: 1 + data!.testRows }, never)
  expect(b).toEqual(a)
  expect(a).toMatchObject({ row: 1, rows: data!.testRows })
  const number = /Say (\d+) twice/.exec(a!.prompt[0]!.content)![1]!
  expect(a!.answer).toBe(`${number} ${number}`)
})

test('defaults carry the prompt format of the project’s plan', async () => {
  const projectId = services.projects.create('Official')
  const ask = () => handlers.calls.chatDefaults({ modelDir, projectId }, never)
  expect(await ask()).toMatchObject({ promptFormat: 'chat', context: 128 })
  const plan = workstationPlan({ parameters: 1e6, rows: 4000, checkable: true })
  const { iterations } = LoopSetup.shape.plan.parse(plan)
  const official = iterations.map((one) => ({
    ...one,
    generation: { ...one.generation, promptFormat: 'official' as const },
  }))
  services.projects.updateDraft(projectId, (draft) => ({
    ...draft,
    plan: { ...LoopSetup.shape.plan.parse(plan), iterations: official },
  }))
  expect(await ask()).toMatchObject({ promptFormat: 'official' })
})
