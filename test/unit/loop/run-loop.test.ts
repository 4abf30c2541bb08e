import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { attempt, createSetup, filesOf, recordOf, temporaryFolder } from './project-fixture.ts'

test('a whole loop asks for every stage once, in order, with the start model as opponent and the previous pairs mixed in', async () => {
  const home = temporaryFolder()
  const { outcome, engine, events } = await attempt(home, createSetup(home, 2), { scores: [0.5, 0.6, 0.7] })
  expect(engine.asked).toEqual([
    'reformat',
    'evaluate base',
    'generate iter-0 train',
    'generate iter-0 test',
    'gather iter-0',
    'finetune iter-0',
    'evaluate iter-0',
    'generate iter-1 train',
    'generate iter-1 test',
    'gather iter-1',
    'finetune iter-1',
    'evaluate iter-1',
  ])
  const project = join(home, 'project')
  const last = (name: string) => engine.requests.findLast((request) => request.name === name)?.input
  expect(last('finetune')).toMatchObject({
    modelDir: join(project, 'iter-0/model'),
    sources: [
      { path: join(project, 'iter-0/pairs/train_prefs-00000-of-00001.parquet'), fraction: 1 },
      { path: join(project, 'iter-1/pairs/train_prefs-00000-of-00001.parquet'), fraction: 1 },
    ],
    settings: { beta: 0.2, optimizer: { lr: 5e-5 } },
  })
  expect(last('evaluate')).toMatchObject({
    modelDir: join(project, 'iter-1/model'),
    opponentDir: join(project, 'iter-0/model'),
    beta: 0.2,
  })
  expect(outcome?.best).toMatchObject({ iteration: 1, score: 0.7 })
  expect(outcome?.iterations[1]?.startModelDir).toBe(join(home, 'project/iter-0/model'))
  const document = JSON.parse(readFileSync(join(home, 'project/project.json'), 'utf8'))
  expect(document).toMatchObject({
    state: 'finished',
    best: { iteration: 1, modelDir: 'project:/iter-1/model' },
  })
  expect(existsSync(join(home, 'project/project.lock'))).toBe(false)
  expect(events.filter((e) => e.kind === 'engine' && e.event.kind === 'step')).toHaveLength(10)
  expect(recordOf(home, 1)).toMatchObject({
    run: { state: 'finished', best: 1 },
    iterations: [
      { iteration: -1, score: 0.5 },
      { iteration: 0, lr: 1e-4, beta: 0.1 },
      { iteration: 1, lr: 5e-5, beta: 0.2 },
    ],
  })
  expect(recordOf(home, 1).metrics[1]?.map((row) => row.step)).toEqual([0, 1, 2, 3, 4])
})

test('the loop stops when patience is used up and names the earlier iteration as its result', async () => {
  const home = temporaryFolder()
  const setup = createSetup(home, 4, { score: 'sampled', patience: 1 })
  const { outcome } = await attempt(home, setup, { scores: [0.5, 0.6, 0.55, 0.9, 0.9] })
  expect(outcome?.iterations).toHaveLength(2)
  expect(outcome?.best.iteration).toBe(0)
  expect(existsSync(join(home, 'project/iter-1/model/model.safetensors'))).toBe(true) // nothing is deleted
})

test('when nothing beats the base, the base is the result', async () => {
  const home = temporaryFolder()
  const setup = createSetup(home, 2, { score: 'nll', patience: 2 })
  const { outcome } = await attempt(home, setup, { scores: [0.5, 0.4, 0.45] })
  expect(outcome?.best).toMatchObject({ iteration: -1, modelDir: setup.modelDir })
  expect(outcome?.iterations).toHaveLength(2)
  expect(outcome?.reason).toContain('the base is the result')
})

test('training that a guard ends without a model ends the loop with the best before it, and is not tried again', async () => {
  const home = temporaryFolder()
  const setup = createSetup(home, 3)
  const first = await attempt(home, setup, { scores: [0.5, 0.6], guardStops: 1 })
  expect(first.outcome?.best.iteration).toBe(0)
  expect(first.outcome?.iterations[1]).toMatchObject({
    finetune: null,
    evaluation: null,
    decision: { action: 'stop' },
  })
  const second = await attempt(home, setup, { scores: [0.5, 0.6], guardStops: 1 })
  expect(second.engine.asked).toEqual([])
  expect(second.outcome).toEqual(first.outcome)
})

test('a finished loop asked for again, with or without its settings, returns the same outcome without any stage', async () => {
  const home = temporaryFolder()
  const setup = createSetup(home, 2)
  const first = await attempt(home, setup, { scores: [0.5, 0.6, 0.7] })
  const before = readFileSync(join(home, 'project/project.json'), 'utf8')
  for (const asked of [setup, undefined]) {
    const again = await attempt(home, asked, { scores: [] })
    expect(again.engine.asked).toEqual([])
    expect(again.outcome).toEqual(first.outcome)
  }
  expect(readFileSync(join(home, 'project/project.json'), 'utf8')).toBe(before)
})

test('other settings in the same folder are refused with what differs, and nothing is touched', async () => {
  const home = temporaryFolder()
  const setup = createSetup(home, 1)
  await attempt(home, setup, { scores: [0.5, 0.6] })
  const files = filesOf(join(home, 'project'))
  const other = structuredClone(setup)
  other.plan.iterations[0]!.training.beta = 0.3
  const { error, engine } = await attempt(home, other, { scores: [0.5, 0.6] })
  expect(error?.code).toBe('FILE_EXISTS')
  expect(error?.message).toContain('plan.iterations.0.training.beta: 0.1 → 0.3')
  expect(error?.message).toContain('another folder')
  expect(engine.asked).toEqual([])
  rmSync(join(home, 'app.sqlite')) // project.json alone knows it too
  expect((await attempt(home, other, { scores: [] })).error?.code).toBe('FILE_EXISTS')
  expect(filesOf(join(home, 'project'))).toEqual(files)
})

test('another base model under the same path is refused', async () => {
  const home = temporaryFolder()
  const setup = createSetup(home, 1)
  await attempt(home, setup, { scores: [0.5, 0.6] })
  writeFileSync(join(setup.modelDir, 'model.safetensors'), JSON.stringify({ depth: 0, other: true }))
  const { error } = await attempt(home, setup, { scores: [0.5, 0.6] })
  expect(error?.code).toBe('FILE_EXISTS')
  expect(error?.message).toContain('base model')
})

test('a folder without a project and without settings is refused', async () => {
  const { error } = await attempt(temporaryFolder(), undefined, { scores: [] })
  expect(error?.code).toBe('FILE_NOT_FOUND')
})

test('a stop rule on sampled answers without samples is refused before anything runs', async () => {
  const home = temporaryFolder()
  const setup = createSetup(home, 1)
  setup.plan.evaluation.samplesPerPrompt = 0
  const { error, engine } = await attempt(home, setup, { scores: [0.5, 0.6] })
  expect(error?.code).toBe('BAD_INPUT')
  expect(engine.asked).toEqual([])
})

const damage: [string, string, string[]][] = [
  ['a fraction', 'iter-0/generated/loser_1.jsonl', ['generate iter-0 train', 'generate iter-0 test']],
  ['the pairs', 'iter-0/pairs/train_prefs-00000-of-00001.parquet', ['gather iter-0']],
  ['the weights', 'iter-0/model/model.safetensors', ['finetune iter-0']],
  ['the answers', 'iter-0/evaluation/answers.jsonl', ['evaluate iter-0']],
  ['the reformatted rows', 'data/train.parquet', ['reformat']],
]
for (const [what, path, asked] of damage) {
  for (const how of ['deleted', 'changed'] as const) {
    test(`when ${what} of a finished loop are ${how}, only that stage is made again, with the same bytes`, async () => {
      const home = temporaryFolder()
      const setup = createSetup(home, 2)
      const first = await attempt(home, setup, { scores: [0.5, 0.6, 0.7] })
      const files = filesOf(join(home, 'project'))
      const target = join(home, 'project', path)
      if (how === 'deleted') rmSync(target)
      else appendFileSync(target, 'x')
      const again = await attempt(home, setup, { scores: [0.5, 0.6, 0.7] })
      expect(again.engine.asked).toEqual(asked)
      expect(again.outcome?.best).toEqual(first.outcome?.best)
      expect(filesOf(join(home, 'project'))).toEqual(files)
      expect(again.events.filter((e) => e.kind === 'notice')).toContainEqual(
        expect.objectContaining({ level: 'warning' }),
      )
      const kept = readdirSync(join(home, 'project'), { recursive: true, encoding: 'utf8' }).filter((p) =>
        p.includes('set-aside'),
      )
      expect(kept.length > 0).toBe(how === 'changed' || what !== 'a fraction')
    })
  }
}

test('when a lost fraction comes back with other bytes, everything made from it is made again and the old work is kept aside', async () => {
  const home = temporaryFolder()
  const setup = createSetup(home, 1)
  await attempt(home, setup, { scores: [0.5, 0.6] })
  rmSync(join(home, 'project/iter-0/generated/loser_1.jsonl'))
  const again = await attempt(home, setup, { scores: [0.5, 0.6], salt: 'another machine' })
  expect(again.engine.asked).toEqual([
    'generate iter-0 train',
    'generate iter-0 test',
    'gather iter-0',
    'finetune iter-0',
    'evaluate iter-0',
  ])
  const kept = ['pairs', 'train', 'model', 'evaluation'].map((folder) => `${folder}.set-aside-1`)
  expect(readdirSync(join(home, 'project/iter-0'))).toEqual(expect.arrayContaining(kept))
  expect(again.outcome?.best.modelSha256).toBe(recordOf(home, 1).iterations[1]?.modelSha256)
})

test('files that were only touched are hashed and kept', async () => {
  const home = temporaryFolder()
  const setup = createSetup(home, 1)
  await attempt(home, setup, { scores: [0.5, 0.6] })
  utimesSync(join(home, 'project/iter-0/model/model.safetensors'), 1000, 1000)
  expect((await attempt(home, setup, { scores: [] })).engine.asked).toEqual([])
})

test('a project folder that was moved is the same project', async () => {
  const home = temporaryFolder()
  await attempt(home, createSetup(home, 1), { scores: [0.5, 0.6] })
  renameSync(join(home, 'project'), join(home, 'elsewhere'))
  const { outcome, engine } = await attempt(home, undefined, { scores: [] }, undefined, 'elsewhere')
  expect(engine.asked).toEqual([])
  expect(outcome?.best.modelDir).toBe(join(home, 'elsewhere/iter-0/model'))
})

test('without its database a project goes on from its files to the same bytes', async () => {
  const home = temporaryFolder()
  const setup = createSetup(home, 2)
  const first = await attempt(home, setup, { scores: [0.5, 0.6, 0.7] })
  const files = filesOf(join(home, 'project'))
  for (const name of readdirSync(home).filter((n) => n.startsWith('app.sqlite'))) rmSync(join(home, name))
  const again = await attempt(home, undefined, { scores: [0.5, 0.6, 0.7] })
  expect(again.outcome?.best).toEqual(first.outcome?.best)
  expect(filesOf(join(home, 'project'))).toEqual(files)
})

test('an engine failure is recorded on the stage and the run, and passed on', async () => {
  const home = temporaryFolder()
  const { error } = await attempt(home, createSetup(home, 1), {
    scores: [0.5, 0.6],
    point: (name) => {
      if (name === 'gather half') throw new Error('disk gone')
    },
  })
  expect(error?.message).toBe('disk gone')
  const record = recordOf(home, 1)
  expect(record.run.state).toBe('failed')
  expect(record.stages).toContainEqual({ iteration: 0, name: 'gather', state: 'failed' })
})

test('plain SFT is trained from the base for as many steps as the iterations together, and is no candidate', async () => {
  const home = temporaryFolder()
  const setup = createSetup(home, 2)
  const compared = { ...setup, plan: { ...setup.plan, compareSft: true, sftLr: 3e-4 } }
  const { outcome, engine } = await attempt(home, compared, { scores: [0.5, 0.6, 0.7] })
  expect(engine.asked.slice(-2)).toEqual(['finetune sft', 'evaluate sft'])
  const request = engine.requests.findLast(({ name }) => name === 'finetune')?.input
  const pairs = (iteration: number) =>
    join(home, `project/iter-${iteration}/pairs/train_prefs-00000-of-00001.parquet`)
  expect(request).toMatchObject({
    modelDir: setup.modelDir,
    sources: [
      { path: pairs(0), fraction: 1 },
      { path: pairs(1), fraction: 1 },
    ],
    settings: { objective: 'sft', maxSteps: 8, optimizer: { lr: 3e-4 }, guards: { enabled: false } },
  })
  expect(outcome?.sft).toMatchObject({
    modelDir: join(home, 'project/sft/model'),
    evaluation: { sampled: 0.6 },
  })
  expect(outcome?.best).toMatchObject({ iteration: 1, score: 0.7 })
  const again = await attempt(home, compared, { scores: [] })
  expect(again.engine.asked).toEqual([])
  expect(again.outcome?.sft).toEqual(outcome?.sft)
})
