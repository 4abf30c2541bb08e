import { existsSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runLoop } from '../../../src/main/loop/run-loop.ts'
import { createSetup } from '../loop/project-fixture.ts'
import { createScriptedEngine } from '../loop/scripted-engine.ts'
import { openProgram } from './project-fixture.ts'

type Program = ReturnType<typeof openProgram>

/** A finished run in a folder that a person named, in the program's own record, as a project without a draft. */
async function finishedRun(program: Program, projectDir: string): Promise<string> {
  const { store } = program.app
  const engine = createScriptedEngine({ scores: [0.5, 0.6] })
  await runLoop({ store, engine, projectDir, setup: createSetup(program.home, 1) })
  return store.projectAt(projectDir)!.id
}

test('a deleted project takes its whole folder along, and says how much that frees', async () => {
  const program = openProgram()
  const projectId = await program.create('Helpdesk')
  const { dir } = await program.view(projectId)
  mkdirSync(join(dir, 'data'))
  writeFileSync(join(dir, 'data', 'train.parquet'), 'x'.repeat(1000))
  writeFileSync(join(dir, 'notes.txt'), 'y'.repeat(24))
  expect(await program.disk(projectId)).toEqual({ bytes: 1024, files: 2, usedBy: [] })
  expect(await program.remove(projectId)).toEqual({ freedBytes: 1024 })
  expect(existsSync(dir)).toBe(false)
  expect(program.names()).toEqual([])
})

test('without its files a project only leaves the list', async () => {
  const program = openProgram()
  const projectId = await program.create('Helpdesk')
  const { dir } = await program.view(projectId)
  expect(await program.remove(projectId, false)).toEqual({ freedBytes: 0 })
  expect(existsSync(dir)).toBe(true)
  expect(program.names()).toEqual([])
})

test('in a folder that a person named, what no run wrote stays', async () => {
  const program = openProgram()
  const dir = join(program.home, 'my work')
  mkdirSync(dir)
  writeFileSync(join(dir, 'thesis.tex'), 'the only copy')
  const projectId = await finishedRun(program, dir)
  expect(readdirSync(dir)).toContain('project.json')
  const { bytes } = await program.disk(projectId)
  expect(await program.remove(projectId)).toEqual({ freedBytes: bytes })
  expect(readdirSync(dir)).toEqual(['thesis.tex'])
})

test("a folder that holds no project, or another one's, is not touched", async () => {
  const program = openProgram()
  const dir = join(program.home, 'elsewhere')
  mkdirSync(dir)
  writeFileSync(join(dir, 'photo.jpg'), 'x')
  const now = Date.now()
  program.app.store.saveProject({ id: 'foreign', dir, name: 'Foreign', createdAt: now, updatedAt: now })
  await expect(program.remove('foreign')).rejects.toThrow(/found no project\.json/)
  expect(readdirSync(dir)).toEqual(['photo.jpg'])
  const taken = join(program.home, 'taken')
  await finishedRun(program, taken)
  program.app.store.saveProject({
    id: 'usurper',
    dir: taken,
    name: 'Usurper',
    createdAt: now,
    updatedAt: now,
  })
  await expect(program.remove('usurper')).rejects.toMatchObject({ code: 'BAD_INPUT' })
  expect(existsSync(join(taken, 'project.json'))).toBe(true)
  expect(program.names().toSorted()).toEqual(['Foreign', 'Usurper', 'taken'].toSorted())
})

test('a live run keeps its project from being deleted and renamed', async () => {
  const program = openProgram()
  const projectId = await program.create('Helpdesk')
  const { dir } = await program.view(projectId)
  const { store } = program.app
  const opened = Promise.withResolvers<void>()
  const refusals: unknown[] = []
  const engine = createScriptedEngine({
    scores: [0.5, 0.6],
    point: (name) => name === 'reformat start' && opened.resolve(),
  })
  // The board's own loop runs the app's real engine; this one is put in its place, at the process boundary.
  program.app.runLoop = async (options) => {
    const outcome = runLoop({
      ...options,
      store,
      engine,
      onEvent: (event) => options.onEvent?.(event),
    })
    await opened.promise
    for (const attempt of [() => program.remove(projectId), () => program.rename(projectId, 'Other')]) {
      try {
        refusals.push(await attempt())
      } catch (error) {
        refusals.push((error as { code: string }).code)
      }
    }
    return outcome
  }
  program.services.board.start({
    projectDir: dir,
    name: 'Helpdesk',
    setup: async () => createSetup(program.home, 1),
  })
  while (program.services.board.live()) await program.services.bell.next(1000, new AbortController().signal)
  expect(refusals).toEqual(['BUSY', 'BUSY'])
  expect(store.runOf(projectId)?.state).toBe('finished')
  await program.remove(projectId)
  expect(existsSync(dir)).toBe(false)
})

test('in a folder that a person named, their own data folder keeps what is theirs', async () => {
  const program = openProgram()
  const dir = join(program.home, 'my work')
  mkdirSync(join(dir, 'data'), { recursive: true })
  writeFileSync(join(dir, 'data', 'survey.csv'), 'the only copy')
  const projectId = await finishedRun(program, dir)
  await program.remove(projectId)
  expect(readdirSync(dir)).toEqual(['data'])
  expect(readdirSync(join(dir, 'data'))).toEqual(['survey.csv'])
})

test('a project that was moved out of the folder for projects loses only what its run wrote', async () => {
  const program = openProgram()
  const projectId = await program.create('Helpdesk')
  const { store } = program.app
  const before = (await program.view(projectId)).dir
  const engine = createScriptedEngine({ scores: [0.5, 0.6] })
  await runLoop({ store, engine, projectDir: before, setup: createSetup(program.home, 1) })
  const moved = join(program.home, 'documents')
  renameSync(before, moved)
  writeFileSync(join(moved, 'thesis.tex'), 'the only copy')
  expect(await program.open(moved)).toBe(projectId)
  await program.remove(projectId)
  expect(readdirSync(moved)).toEqual(['thesis.tex'])
})

test('a folder that holds another project is kept', async () => {
  const program = openProgram()
  const outer = await program.create('Outer')
  const { dir } = await program.view(outer)
  const inner = join(dir, 'inner')
  mkdirSync(inner)
  program.app.store.saveProject({ id: 'inner', dir: inner, name: 'Inner', createdAt: 1, updatedAt: 1 })
  await expect(program.remove(outer)).rejects.toThrow('holds another project, "Inner"')
  expect(existsSync(inner)).toBe(true)
})

test('links in a project are removed, what they lead to is kept', async () => {
  const program = openProgram()
  const projectId = await program.create('Helpdesk')
  const { dir } = await program.view(projectId)
  const elsewhere = join(program.home, 'elsewhere')
  mkdirSync(elsewhere)
  writeFileSync(join(elsewhere, 'photo.jpg'), 'x'.repeat(5000))
  symlinkSync(elsewhere, join(dir, 'data'))
  expect((await program.disk(projectId)).bytes).toBeLessThan(5000)
  await program.remove(projectId)
  expect(existsSync(dir)).toBe(false)
  expect(readdirSync(elsewhere)).toEqual(['photo.jpg'])
})
