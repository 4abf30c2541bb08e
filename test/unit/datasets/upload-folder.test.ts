import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { DatasetChoice } from '../../../src/contract/app/projects.ts'
import { composeApp, type ComposedApp } from '../../../src/main/compose-app.ts'
import { openUploads } from '../../../src/main/datasets/upload-folder.ts'
import { browserHost } from '../../../src/main/host-services.ts'
import { promptRows, toJsonLines } from '../data/dataset-fixture.ts'

const { signal } = new AbortController()
let dataDir: string
let dir: string
let app: ComposedApp

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'spin-uploads-'))
  dir = join(dataDir, 'uploads')
  app = composeApp(dataDir, browserHost)
  onTestFinished(async () => {
    await app.dispose()
    rmSync(dataDir, { recursive: true, force: true })
  })
})

/** As a page sends it, then as old as given. */
async function dropped(name: string, text: string, daysOld: number): Promise<string> {
  const bytes = Buffer.from(text)
  const piece = { upload: randomUUID(), name, totalBytes: bytes.length, offset: 0, bytes, last: true }
  const { path } = await app.handlers.calls.uploadFile(piece, signal)
  const at = new Date(Date.now() - daysOld * 24 * 3600_000)
  utimesSync(path!, at, at)
  return path!
}

async function projectOf(sources: string[]): Promise<string> {
  const { projectId } = await app.handlers.calls.createProject({ name: 'Rows' }, signal)
  const choice = DatasetChoice.parse({ sources })
  await app.handlers.calls.chooseDataset({ projectId, choice }, signal)
  return projectId
}

const clear = (): string[] => app.services.uploads.clear()

test('copies that no project names go a day after they came; those that one names, and fresh ones, stay', async () => {
  expect(clear()).toEqual([])
  const used = await dropped('train.jsonl', 'a', 3)
  await projectOf([used])
  await dropped('forgotten.jsonl', 'b', 3)
  await dropped('just-now.jsonl', 'c', 0)
  writeFileSync(join(dir, 'abandoned.part'), 'x')
  utimesSync(join(dir, 'abandoned.part'), new Date(0), new Date(0))
  expect(clear().toSorted()).toEqual(['abandoned.part', 'forgotten.jsonl'])
  expect(readdirSync(dir).toSorted()).toEqual(['just-now.jsonl', 'train.jsonl'])
})

test('a copy goes once the choice is another or its project is deleted, and stays while it is read', async () => {
  const path = await dropped('rows.jsonl', 'a', 3)
  const projectId = await projectOf([path])
  const release = app.services.uploads.hold([path])
  await app.handlers.calls.clearDataset({ projectId }, signal)
  expect(clear()).toEqual([])
  release()
  expect(clear()).toEqual(['rows.jsonl'])
})

test('the same file dropped again counts as fresh', async () => {
  await dropped('rows.jsonl', 'a', 3)
  const bytes = Buffer.from('a')
  const piece = { upload: randomUUID(), name: 'rows.jsonl', totalBytes: 1, offset: 0, bytes, last: true }
  expect((await app.handlers.calls.uploadFile(piece, signal)).path).toBe(join(dir, 'rows.jsonl'))
  expect(clear()).toEqual([])
})

test('a run keeps its files whatever its project chooses afterwards, also through another way to the folder', async () => {
  const path = await dropped('rows.jsonl', 'a', 3)
  const link = `${dataDir}-link`
  symlinkSync(dataDir, link, 'junction')
  onTestFinished(() => rmSync(link))
  const { projectId } = await app.handlers.calls.createProject({ name: 'Run' }, signal)
  app.services.app.store.createRun({
    projectId,
    setup: JSON.stringify({ data: { kind: 'import', sources: [join(link, 'uploads', basename(path))] } }),
    seed: 0,
    createdAt: 0,
  })
  expect(clear()).toEqual([])
})

test('a folder that was chosen as a whole keeps all of it', async () => {
  await dropped('rows.jsonl', 'a', 3)
  await projectOf([dir])
  expect(clear()).toEqual([])
  await projectOf([dataDir])
  expect(clear()).toEqual([])
})

test('a start and the end of an import clear it', async () => {
  await dropped('first.jsonl', 'a', 3)
  const again = composeApp(dataDir, browserHost)
  onTestFinished(() => again.dispose())
  expect(readdirSync(dir)).toEqual([])

  const used = await dropped('rows.jsonl', toJsonLines(promptRows(10)), 3)
  await dropped('second.jsonl', 'b', 3)
  const projectId = await projectOf([used])
  for await (const _ of app.handlers.streams.importDataset({ projectId }, signal));
  expect(readdirSync(dir)).toEqual(['rows.jsonl'])
})

test('a folder that cannot be looked into is left as it is, and the terminal says why', () => {
  const path = join(dataDir, 'no-folder')
  writeFileSync(path, '')
  const said = vi.spyOn(console, 'error').mockReturnValue()
  expect(openUploads(path, app.services.app.store).clear()).toEqual([])
  expect(said).toHaveBeenCalledOnce()
  said.mockRestore()
})
