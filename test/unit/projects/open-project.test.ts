import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { attempt, createSetup, recordOf } from '../loop/project-fixture.ts'
import { openStore } from '../../../src/main/store/store.ts'
import { openProgram } from './project-fixture.ts'

/** As the terminal leaves it: the record lies in the project's folder. */
async function terminalProject(home: string, stopAfter?: string): Promise<string> {
  const dir = join(home, 'terminal')
  mkdirSync(dir)
  const abort = new AbortController()
  const setup = createSetup(home, 2)
  const { error } = await attempt(
    dir,
    setup,
    { scores: [0.5, 0.6, 0.7], point: (name) => name === stopAfter && abort.abort() },
    abort.signal,
    '.',
  )
  if (stopAfter === undefined && error) throw error
  return dir
}

test('a project of the terminal opens with everything that its record tells', async () => {
  const program = openProgram()
  const dir = await terminalProject(program.home)
  const projectId = await program.open(dir)
  const { run, draft, name } = await program.view(projectId)
  expect(name).toBe('terminal')
  expect(run).toMatchObject({ state: 'finished', best: 1, projectDir: dir, live: false })
  expect(run?.scores.map(({ iteration, sampled }) => [iteration, sampled])).toEqual([
    [-1, 0.5],
    [0, 0.6],
    [1, 0.7],
  ])
  expect(draft.modelDir).toBe(join(program.home, 'base-model'))
  expect(draft.plan?.iterations).toHaveLength(2)
  const copied = recordOf(join(program.home, 'data'), run!.id)
  expect(copied).toEqual(recordOf(dir, 1))
  expect(copied.metrics.flat().length).toBeGreaterThan(0)
  expect(await program.open(dir)).toBe(projectId)
  expect((await program.view(projectId)).run?.id).toBe(run!.id)
})

test('a run that was stopped in the terminal opens as paused', async () => {
  const program = openProgram()
  const dir = await terminalProject(program.home, 'gather start')
  const projectId = await program.open(dir)
  expect((await program.view(projectId)).run).toMatchObject({ state: 'paused', live: false })
})

test('without a record the run is listed as paused, with the setup of its project.json', async () => {
  const program = openProgram()
  const dir = await terminalProject(program.home)
  for (const end of ['', '-wal', '-shm']) rmSync(join(dir, `app.sqlite${end}`), { force: true })
  const projectId = await program.open(dir)
  const { run, draft } = await program.view(projectId)
  expect(run).toMatchObject({ state: 'paused', scores: [], plannedIterations: 2 })
  expect(draft.modelDir).toBe(join(program.home, 'base-model'))
  expect(program.app.store.eventPage(run!.id, 1)[0]?.message).toContain('no record')
})

test('a moved project is found again where it is now; a copy of one that is still there is refused', async () => {
  const program = openProgram()
  const dir = await terminalProject(program.home)
  const projectId = await program.open(dir)
  const copy = join(program.home, 'copy')
  cpSync(dir, copy, { recursive: true })
  await expect(program.open(copy)).rejects.toMatchObject({ code: 'FILE_EXISTS' })
  expect((await program.view(projectId)).dir).toBe(dir)
  const moved = join(program.home, 'moved')
  renameSync(dir, moved)
  expect(await program.open(moved)).toBe(projectId)
  const { run } = await program.view(projectId)
  expect(run).toMatchObject({ projectDir: moved, state: 'finished' })
  const made = (await program.models(projectId)).filter(({ kind }) => kind === 'iteration')
  expect(made.map(({ dir: path, exists }) => [path, exists])).toEqual([
    [join(moved, 'iter-1', 'model'), true],
    [join(moved, 'iter-0', 'model'), true],
  ])
})

test('what holds no project says what was found', async () => {
  const program = openProgram()
  const { home } = program
  mkdirSync(join(home, 'a-model'))
  writeFileSync(join(home, 'a-model', 'config.json'), '{}')
  mkdirSync(join(home, 'damaged'))
  writeFileSync(join(home, 'damaged', 'project.json'), '{"version": 9}')
  await expect(program.open(join(home, 'a-model'))).rejects.toThrow(/found a model; create a project/)
  await expect(program.open(join(home, 'nowhere'))).rejects.toThrow(/found no such folder/)
  await expect(program.open(join(home, 'damaged'))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  expect(program.names()).toEqual([])
  expect(existsSync(join(home, 'a-model', 'app.sqlite'))).toBe(false)
})

test('a folder with a record of a newer program is refused and nothing is taken over', async () => {
  const program = openProgram()
  const dir = await terminalProject(program.home)
  const store = openStore({ path: join(dir, 'app.sqlite') })
  store.close()
  writeFileSync(join(dir, 'app.sqlite'), 'no database')
  for (const end of ['-wal', '-shm']) rmSync(join(dir, `app.sqlite${end}`), { force: true })
  await expect(program.open(dir)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  expect(program.names()).toEqual([])
})

test('a record that cannot be read as ours is refused whole; Home stays as it was', async () => {
  const program = openProgram()
  const dir = await terminalProject(program.home)
  const store = openStore({ path: join(dir, 'app.sqlite') })
  const project = store.projectAt(dir)!
  store.deleteProject(project.id)
  store.saveProject(project)
  store.createRun({ projectId: project.id, setup: '{"plan": "of the future"}', seed: 1, createdAt: 1 })
  store.close()
  await expect(program.open(dir)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  expect(program.names()).toEqual([])
  expect((await program.homeView()).runs).toEqual([])
})
