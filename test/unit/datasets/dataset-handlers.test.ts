import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DatasetChoice, type ProjectView } from '../../../src/contract/app/projects.ts'
import { LoopSetup } from '../../../src/contract/project.ts'
import { AppError } from '../../../src/contract/errors.ts'
import { createApp, type App } from '../../../src/main/app.ts'
import { importChosen } from '../../../src/main/datasets/import-chosen.ts'
import { createHandlers } from '../../../src/main/handlers.ts'
import { projectLayout } from '../../../src/main/loop/project-layout.ts'
import type { EngineEvent } from '../../../src/main/loop/run-stage.ts'
import { createStages } from '../../../src/main/loop/stages.ts'
import { programFiles } from '../../../src/main/program-files.ts'
import { createServices } from '../../../src/main/services.ts'
import { promptRows, toJsonLines } from '../data/dataset-fixture.ts'

const home = mkdtempSync(join(tmpdir(), 'spin-datasets-'))
const signal = new AbortController().signal
const source = join(home, 'rows.jsonl')
const modelDir = join(programFiles.starterDir, 'model')
let app: App
let handlers: ReturnType<typeof createHandlers>

beforeAll(() => {
  writeFileSync(source, `${toJsonLines(promptRows(50))}{"prompt": "cut\n`)
  app = createApp({ dataDir: home })
  handlers = createHandlers(app, home)
})
afterAll(async () => {
  await app.dispose()
  rmSync(home, { recursive: true, force: true })
})

async function eventsOf<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const events: T[] = []
  for await (const event of stream) events.push(event)
  return events
}

async function newProject(): Promise<string> {
  const { projectId } = await handlers.calls.createProject({ name: 'Rows' }, signal)
  return projectId
}

const choose = (projectId: string, choice: object) =>
  handlers.calls.chooseDataset(
    { projectId, choice: DatasetChoice.parse({ sources: [source], ...choice }) },
    signal,
  )

async function view(projectId: string): Promise<ProjectView> {
  for await (const now of handlers.streams.project({ projectId }, signal)) return now
  throw new Error('the stream of a project ended without a view')
}

test('what is imported here is what the loop asks for: its first stage finds it done', async () => {
  const projectId = await newProject()
  await handlers.calls.chooseModel({ projectId, modelDir }, signal)
  await choose(projectId, {
    mapping: { format: 'prompt-response', columns: { response: 'response', prompt: 'prompt' } },
    testShare: 0.2,
    seed: 3,
  })
  for await (const _ of handlers.streams.importDataset({ projectId }, signal));
  const { draft, dir } = await view(projectId)
  expect(draft.data).toMatchObject({ readRows: 51, dropped: { unreadable: 1 } })

  const setup = LoopSetup.parse({
    modelDir,
    data: { kind: 'import', ...draft.dataset },
    plan: { iterations: [{ generation: {}, training: { optimizer: { lr: 1e-4 }, schedule: {} } }] },
  })
  const stages = createStages({ engine: app.inspector, setup, layout: projectLayout(dir), signal })
  const events: EngineEvent[] = []
  const stage = stages.reformat(setup.data as Parameters<typeof stages.reformat>[0])
  expect(await stage.run(stage.request, (event) => events.push(event))).toEqual(draft.data)
  expect(events).toContainEqual(
    expect.objectContaining({ message: expect.stringContaining('Already imported') }),
  )
})

test('another choice forgets what was read; a choice that fails is kept without rows', async () => {
  const projectId = await newProject()
  await choose(projectId, {})
  for await (const _ of handlers.streams.importDataset({ projectId }, signal));
  expect((await view(projectId)).draft.data?.trainRows).toBeGreaterThan(0)
  await choose(projectId, { mapping: { format: 'messages', columns: { messages: 'prompt' } } })
  expect((await view(projectId)).draft.data).toBe(null)
  await expect(eventsOf(handlers.streams.importDataset({ projectId }, signal))).rejects.toMatchObject({
    code: 'DATASET_EMPTY',
  })
  expect((await view(projectId)).draft).toMatchObject({ dataset: { sources: [source] }, data: null })
  await handlers.calls.clearDataset({ projectId }, signal)
  expect((await view(projectId)).draft.dataset).toBe(null)
})

test('rows, lengths and dropped rows of what was imported', async () => {
  const projectId = await newProject()
  await handlers.calls.chooseModel({ projectId, modelDir }, signal)
  await expect(async () =>
    handlers.calls.datasetRow({ projectId, split: 'train', row: 0 }, signal),
  ).rejects.toMatchObject({ code: 'DATASET_EMPTY' })
  await choose(projectId, {})
  for await (const _ of handlers.streams.importDataset({ projectId }, signal));
  const row = await handlers.calls.datasetRow({ projectId, split: 'test', row: 0 }, signal)
  expect(row.turns.map(({ role }) => role)).toEqual(['user', 'assistant'])
  expect(row.rendered?.tokens.length).toBeGreaterThan(0)
  const events = await eventsOf(handlers.streams.measureDataset({ projectId }, signal))
  expect(events.at(-1)).toMatchObject({ kind: 'done', rows: 50, limit: 1024 })
  const dropped = await handlers.calls.droppedRows({ projectId, offset: 0 }, signal)
  expect(dropped.nextOffset).toBe(null)
  expect(JSON.parse(new TextDecoder().decode(dropped.bytes))).toMatchObject({ row: 51, reason: 'unreadable' })
})

test('files used before are listed once, and not when they are gone', async () => {
  const gone = join(home, 'gone.jsonl')
  writeFileSync(gone, toJsonLines(promptRows(5)))
  const projectId = await newProject()
  await choose(projectId, { sources: [gone] })
  rmSync(gone)
  const { datasets, starter } = await handlers.calls.usedDatasets({}, signal)
  expect(datasets.map(({ name }) => name)).toEqual(['rows.jsonl'])
  expect(starter?.sources.length).toBe(2)
})

test('an import that the engine has no time for leaves what was read before', async () => {
  const projectId = await newProject()
  await choose(projectId, {})
  for await (const _ of handlers.streams.importDataset({ projectId }, signal));
  const before = (await view(projectId)).draft.data
  expect(before).not.toBeNull()
  const { projects, uploads } = createServices(app, home)
  const atChat = {
    ...app.inspector,
    stream: () => {
      throw new AppError('BUSY', 'at "chat"', { running: 'chat', requested: 'importDataset' })
    },
  } as unknown as typeof app.inspector
  const busy = importChosen({ app: { inspector: atChat }, projects, uploads, projectId, signal })
  await expect(busy.next()).rejects.toMatchObject({ code: 'BUSY' })
  expect((await view(projectId)).draft.data).toEqual(before)
  projects.expectIdle(projectId, 'delete it') // nothing holds its files any more
  const stopping = new AbortController()
  const stopped = handlers.streams.importDataset({ projectId }, stopping.signal)[Symbol.asyncIterator]()
  const first = stopped.next()
  stopping.abort()
  await first.catch(() => undefined)
  await stopped.return?.()
  expect((await view(projectId)).draft.data).toBeNull()
})
