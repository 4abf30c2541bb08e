import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runLoop } from '../../../src/main/loop/run-loop.ts'
import { programFiles } from '../../../src/main/program-files.ts'
import { createSetup } from '../loop/project-fixture.ts'
import { createScriptedEngine } from '../loop/scripted-engine.ts'
import { openProgram } from './project-fixture.ts'

test('bases, what runs have made of them, and the starter are known, each once', async () => {
  const program = openProgram()
  const { store } = program.app
  const starter = join(programFiles.starterDir, 'model')
  const projectDir = join(program.home, 'run')
  const setup = createSetup(program.home, 2)
  await runLoop({
    store,
    engine: createScriptedEngine({ scores: [0.5, 0.7, 0.6] }),
    projectDir,
    setup,
    name: 'Helpdesk',
  })
  const mine = await program.create()
  await program.chooseModel(mine, starter)
  expect((await program.view(mine)).name).toBe('Starter model')

  const models = await program.models()
  const facts = models.map(({ label, kind, score, best, exists }) => ({ label, kind, score, best, exists }))
  expect(facts).toHaveLength(4)
  expect(facts).toContainEqual({
    label: 'Starter model',
    kind: 'base',
    score: null,
    best: false,
    exists: true,
  })
  expect(facts).toContainEqual({ label: 'base-model', kind: 'base', score: 0.5, best: false, exists: true })
  expect(facts).toContainEqual({
    label: 'Helpdesk, iteration 0',
    kind: 'iteration',
    score: 0.7,
    best: true,
    exists: true,
  })
  const made = models.map(({ createdAt }) => createdAt)
  expect(made).toEqual(made.toSorted((a, b) => b - a))

  const ofRun = await program.models(store.projectAt(projectDir)!.id)
  expect(ofRun.map(({ label }) => label)).toEqual([
    'Helpdesk, iteration 1',
    'Helpdesk, iteration 0',
    'base-model',
  ])
  rmSync(setup.modelDir, { recursive: true })
  const base = (await program.models()).find(({ dir }) => dir === setup.modelDir)
  expect(base).toMatchObject({ exists: false })
})

test("a run's model that another project starts from is listed as what it is", async () => {
  const program = openProgram()
  const projectDir = join(program.home, 'run')
  await runLoop({
    store: program.app.store,
    engine: createScriptedEngine({ scores: [0.5, 0.7] }),
    projectDir,
    setup: createSetup(program.home, 1),
    name: 'Helpdesk',
  })
  const next = await program.create('Next')
  const modelDir = join(projectDir, 'iter-0', 'model')
  program.services.projects.updateDraft(next, (draft) => ({ ...draft, modelDir }))
  const found = (await program.models()).filter(({ dir }) => dir === modelDir)
  expect(found.map(({ kind, label }) => [kind, label])).toEqual([['iteration', 'Helpdesk, iteration 0']])
  // So a person is told before the files that it needs are deleted.
  expect((await program.disk(program.app.store.projectAt(projectDir)!.id)).usedBy).toEqual(['Next'])
  expect((await program.disk(next)).usedBy).toEqual([])
})

test('the size of a model is that of its files; a folder that is gone has none', async () => {
  const program = openProgram()
  const dir = join(program.home, 'model')
  mkdirSync(join(dir, 'runs'), { recursive: true })
  writeFileSync(join(dir, 'model.safetensors'), 'x'.repeat(4096))
  writeFileSync(join(dir, 'config.json'), '{}')
  writeFileSync(join(dir, 'runs', 'log'), 'not the model')
  const gone = join(program.home, 'gone')
  expect(await program.modelDisk([dir, gone])).toEqual([
    { dir, bytes: 4096 + statSync(join(dir, 'config.json')).size },
    { dir: gone, bytes: null },
  ])
})
