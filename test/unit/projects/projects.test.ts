import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { workstationPlan } from '../../../src/contract/presets.ts'
import { createProjects } from '../../../src/main/projects/projects.ts'
import { writeTinyModel } from '../model-folder/tiny-model.ts'
import { openProgram } from './project-fixture.ts'

const chatModel = {
  tokenizer: {
    bosToken: '<s>',
    eosToken: '</s>',
    chatTemplate:
      "{% for message in messages %}<s>{{ message['role'] }}\n{{ message['content'] }}</s>\n{% endfor %}{% if add_generation_prompt %}<s>assistant\n{% endif %}",
  },
}

async function modelAt(dir: string, licence = 'apache-2.0'): Promise<string> {
  mkdirSync(dir, { recursive: true })
  await writeTinyModel(dir, chatModel)
  writeFileSync(join(dir, 'README.md'), `---\nlicense: ${licence}\n---\n# A model\n`)
  return dir
}

test('a project that nobody named takes the name of its model, and keeps one that a person gave', async () => {
  const program = openProgram()
  const modelDir = await modelAt(join(program.home, 'Tiny-Chat'))
  const [first, second, third] = [await program.create(), await program.create(), await program.create()]
  expect(program.names().toSorted()).toEqual(['New project', 'New project 2', 'New project 3'])
  await program.rename(third, 'Helpdesk replies')
  for (const id of [first, second, third]) await program.chooseModel(id, modelDir)
  expect((await program.view(first)).name).toBe('Tiny-Chat')
  expect((await program.view(second)).name).toBe('Tiny-Chat 2')
  expect((await program.view(third)).name).toBe('Helpdesk replies')
  await program.chooseModel(first, await modelAt(join(program.home, 'Other-Chat')))
  expect((await program.view(first)).name).toBe('Other-Chat')
})

test('choosing a model keeps its card: licence, template with its special tokens apart, hash', async () => {
  const program = openProgram()
  const modelDir = await modelAt(join(program.home, 'Tiny-Chat'), 'other\nlicense_name: house-terms')
  const projectId = await program.create()
  const card = await program.chooseModel(projectId, modelDir)
  expect((await program.view(projectId)).draft).toMatchObject({ modelDir, model: card })
  expect(card).toMatchObject({ family: 'llama', layers: 2, license: 'house-terms', eosTokens: ['</s>'] })
  expect(card.template).toMatchObject({ source: 'tokenizer_config.json', takesSystem: true })
  const parts = card.template?.parts ?? []
  expect(parts.filter(({ special }) => special).map(({ text }) => text)).toEqual([
    '<s>',
    '</s>',
    '<s>',
    '</s>',
    '<s>',
    '</s>',
  ])
  expect(parts[1]).toEqual({ text: 'system\nYou answer in one short sentence.', special: false })
})

test('a broken folder is refused in words and changes nothing', async () => {
  const program = openProgram()
  const projectId = await program.create()
  await program.chooseModel(projectId, await modelAt(join(program.home, 'Tiny-Chat')))
  const before = await program.view(projectId)
  const broken = join(program.home, 'broken')
  mkdirSync(broken)
  writeFileSync(join(broken, 'config.json'), '{"model_type": "mamba"}')
  await expect(program.chooseModel(projectId, broken)).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' })
  await expect(program.chooseModel(projectId, join(program.home, 'nowhere'))).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  })
  const after = await program.view(projectId)
  expect(after.draft).toEqual(before.draft)
  expect(after.name).toBe(before.name)
})

test('another model drops the plan that was fitted to the one before', async () => {
  const program = openProgram()
  const projectId = await program.create()
  const first = await modelAt(join(program.home, 'first'))
  await program.chooseModel(projectId, first)
  const plan = workstationPlan({ parameters: 1e6, rows: 4000 })
  program.services.projects.updateDraft(projectId, (draft) => ({ ...draft, plan }))
  await program.chooseModel(projectId, first)
  expect((await program.view(projectId)).draft.plan).toEqual(plan)
  const second = join(program.home, 'second')
  mkdirSync(second)
  await writeTinyModel(second, { ...chatModel, dtype: 'BF16' })
  await program.chooseModel(projectId, second)
  expect((await program.view(projectId)).draft.plan).toBeNull()
})

test('a duplicate has the same choices, a folder and a name of its own', async () => {
  const program = openProgram()
  const projectId = await program.create('Helpdesk replies')
  await program.chooseModel(projectId, await modelAt(join(program.home, 'Tiny-Chat')))
  const copy = await program.duplicate(projectId)
  const [before, after] = [await program.view(projectId), await program.view(copy)]
  expect(after.name).toBe('Helpdesk replies 2')
  expect(after.draft).toEqual(before.draft)
  expect(after.dir).not.toBe(before.dir)
  expect(existsSync(after.dir)).toBe(true)
})

test('opening a project puts it first among the recent ones', async () => {
  const program = openProgram()
  const older = await program.create('Older')
  const newer = await program.create('Newer')
  program.app.store.touchProject(older, Date.now() - 60_000)
  program.app.store.touchProject(newer, Date.now() - 30_000)
  expect(program.names()).toEqual(['Newer', 'Older'])
  await program.view(older)
  expect(program.names()).toEqual(['Older', 'Newer'])
})

test('of two models that were chosen one after the other the later stays, however long each takes to read', async () => {
  const program = openProgram()
  const { store } = program.app
  const projectId = await program.create('Helpdesk')
  const slow = Promise.withResolvers<void>()
  const card = await program.app.inspector.call('inspectModel', {
    dir: await modelAt(join(program.home, 'Tiny-Chat')),
  })
  const inspector = {
    ...program.app.inspector,
    call: async (_name: string, { dir }: { dir: string }) => {
      if (dir === '/large') await slow.promise
      return { ...card, dir }
    },
  } as typeof program.app.inspector
  const projects = createProjects({
    store,
    inspector,
    projectsDir: () => program.home,
    bell: program.services.bell,
    liveRun: () => null,
    liveDir: () => null,
  })
  const first = projects.chooseModel(projectId, '/large')
  await projects.chooseModel(projectId, '/small')
  slow.resolve()
  await first
  expect(projects.draft(projectId).modelDir).toBe('/small')
})

test('while its run is starting a project is neither changed, renamed nor deleted', async () => {
  const program = openProgram()
  const projectId = await program.create('Helpdesk')
  const { dir } = await program.view(projectId)
  const started = Promise.withResolvers<never>()
  started.promise.catch(() => undefined)
  program.services.board.start({ projectDir: dir, setup: () => started.promise })
  const busy = { code: 'BUSY' }
  expect(program.services.board.live()?.runId).toBeNull()
  expect(() => program.services.projects.updateDraft(projectId, (draft) => draft)).toThrow('starting')
  await expect(program.rename(projectId, 'Other')).rejects.toMatchObject(busy)
  await expect(program.remove(projectId)).rejects.toMatchObject(busy)
  started.reject(new Error('no setup'))
  while (program.services.board.live()) await program.services.bell.next(1000, new AbortController().signal)
  await program.remove(projectId)
  expect(program.names()).toEqual([])
})

test('a project whose files are in use is not deleted', async () => {
  const program = openProgram()
  const projectId = await program.create('Helpdesk')
  const releases = [1, 2].map(() => program.services.projects.hold(projectId, 'is reading its dataset'))
  await expect(program.remove(projectId)).rejects.toThrow('is reading its dataset')
  releases[0]!()
  await expect(program.remove(projectId)).rejects.toThrow('is reading its dataset')
  releases[1]!()
  await program.remove(projectId)
  expect(program.names()).toEqual([])
})

test('a copy that fails leaves nothing behind', async () => {
  const program = openProgram()
  const { projects } = program.services
  const projectId = await program.create('Helpdesk')
  const { dir } = await program.view(projectId)
  const data = join(dir, 'data')
  mkdirSync(data)
  execFileSync('mkfifo', [join(data, 'train.parquet')]) // what no copy can be made of
  const mapping = { format: 'messages', columns: { messages: 'messages' } } as const
  const counts = { trainRows: 1, testRows: 1, readRows: 2, dropped: {}, examples: [] }
  const paths = { trainPath: join(data, 'train.parquet'), testPath: join(data, 'test.parquet') }
  projects.updateDraft(projectId, (draft) => ({
    ...draft,
    data: { kind: 'done', mapping, ...paths, ...counts },
  }))
  await expect(program.duplicate(projectId)).rejects.toThrow()
  expect(program.names()).toEqual(['Helpdesk'])
  expect(readdirSync(join(dir, '..'))).toEqual(['helpdesk'])
  rmSync(paths.trainPath)
  writeFileSync(paths.trainPath, 'rows')
  const copy = await program.view(await program.duplicate(projectId))
  expect(copy.draft.data?.trainPath).toBe(join(copy.dir, 'data', 'train.parquet'))
})

test('rows that were given ready are the dataset of a project and of its copies', async () => {
  const program = openProgram()
  const { store } = program.app
  const plan = workstationPlan({ parameters: 1e6, rows: 4000 })
  const data = { kind: 'ready', trainPath: '/rows/train.parquet', testPath: '/rows/test.parquet' }
  store.saveProject({ id: 'p', dir: join(program.home, 'p'), name: 'Ready', createdAt: 1, updatedAt: 1 })
  const setup = JSON.stringify({ modelDir: '/models/small', data, plan })
  store.createRun({ projectId: 'p', setup, seed: 1, createdAt: 1 })
  const sources = [data.trainPath, data.testPath]
  expect((await program.view('p')).draft.dataset).toMatchObject({ sources })
  const copy = await program.view(await program.duplicate('p'))
  expect(copy.draft).toMatchObject({ modelDir: '/models/small', dataset: { sources }, data: null })
})

test('one project that another version recorded does not hide the others', async () => {
  const program = openProgram()
  const { store } = program.app
  await program.create('Readable')
  const foreign = await program.create('Of the future')
  store.createRun({ projectId: foreign, setup: '{"plan": "of the future"}', seed: 1, createdAt: 1 })
  const drafted = await program.create('Odd draft')
  store.saveDraft(drafted, '{"dataset": 7}', Date.now())
  const home = await program.homeView()
  expect(home.projects.map(({ name }) => name).toSorted()).toEqual(['Odd draft', 'Of the future', 'Readable'])
  expect(home.runs).toEqual([])
  expect((await program.models()).length).toBeGreaterThan(0)
  await expect(program.view(foreign)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  await program.remove(foreign)
  expect(program.names()).not.toContain('Of the future')
})

test('a run whose folder is gone is not begun anew by resuming it', async () => {
  const program = openProgram()
  const { store } = program.app
  const plan = workstationPlan({ parameters: 1e6, rows: 4000 })
  const dir = join(program.home, 'unplugged', 'project')
  store.saveProject({ id: 'p', dir, name: 'Away', createdAt: 1, updatedAt: 1 })
  const setup = JSON.stringify({ modelDir: '/m', data: { kind: 'import', sources: ['/d'] }, plan })
  const runId = store.createRun({ projectId: 'p', setup, seed: 1, createdAt: 1 })
  store.startRun(runId, 1)
  store.interruptRun(runId, 'paused', null, null)
  await expect(program.resume(runId)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  expect(existsSync(dir)).toBe(false)
  expect(await program.disk('p')).toMatchObject({ bytes: 0 })
  expect((await program.homeView()).runs).toHaveLength(1)
})

test('where no project can be made, what to do is said', async () => {
  const program = openProgram()
  const blocked = join(program.home, 'a-file')
  program.services.preferences.set({ projectsDir: join(program.home, 'projects') })
  rmSync(join(program.home, 'projects'), { recursive: true })
  writeFileSync(join(program.home, 'projects'), 'no folder any more')
  writeFileSync(blocked, '')
  await expect(program.create('Helpdesk')).rejects.toMatchObject({ code: expect.stringMatching(/^FILE_/) })
  expect(program.names()).toEqual([])
  expect(await program.modelDisk([blocked, join(program.home, 'nowhere')])).toEqual([
    { dir: blocked, bytes: null },
    { dir: join(program.home, 'nowhere'), bytes: null },
  ])
})
