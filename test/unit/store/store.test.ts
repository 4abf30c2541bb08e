import {
  copyFileSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
  closeSync,
  mkdirSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { EvaluationResult, StepMetrics } from '../../../src/contract/engine.ts'
import { checkRuntime, openDatabase } from '../../../src/main/store/database.ts'
import { migrate, readMigrations } from '../../../src/main/store/migrate.ts'
import { openStore } from '../../../src/main/store/store.ts'
import { folderOfTest } from '../../temp-folder.ts'

const shipped = join(import.meta.dirname, '../../../src/main/store/migrations')
const shippedNames = readdirSync(shipped).filter((name) => name.endsWith('.sql'))
const next = String(shippedNames.length + 1).padStart(4, '0')
const firstSql = readFileSync(join(shipped, '0001-first.sql'), 'utf8')

function folder(): string {
  const dir = folderOfTest('store')
  return dir
}

function opened(path = join(folder(), 'app.sqlite')) {
  const store = openStore({ path })
  onTestFinished(() => store.close())
  return store
}

function withRun() {
  const store = opened()
  store.saveProject({ id: 'p', dir: '/p', name: 'P', createdAt: 1, updatedAt: 1 })
  return { store, runId: store.createRun({ projectId: 'p', setup: '{}', seed: 42, createdAt: 1 }) }
}

function migrationsWith(...more: [string, string][]): string {
  const dir = join(folder(), 'migrations')
  mkdirSync(dir)
  for (const name of shippedNames) copyFileSync(join(shipped, name), join(dir, name))
  for (const [name, sql] of more) writeFileSync(join(dir, name), sql)
  return dir
}

const step = (n: number): Omit<StepMetrics, 'kind'> => ({
  step: n,
  totalSteps: 1000,
  epoch: n / 1000,
  loss: 0.7 - n / 1e4,
  spinLoss: 0.6,
  nll: 1.5,
  rewardReal: 0.1,
  rewardGenerated: -0.1,
  margin: 0.2,
  accuracy: 0.75,
  logpReal: -10,
  logpGenerated: -12,
  realShift: 0.3,
  eosShift: -0.01,
  entropy: 1.75,
  kl: 0.5,
  klPerToken: 0.0625,
  gradNorm: 1.25,
  lossScale: 2 ** 16,
  skippedSteps: 3,
  lr: 3e-4,
  tokensPerSecond: 1234.5,
  stepMs: 99,
})

test('a runtime that would crash on the native module is refused by name before it is loaded', () => {
  expect(() => checkRuntime({ node: '20.20.0', napi: '9' })).toThrow(
    expect.objectContaining({
      code: 'RUNTIME_TOO_OLD',
      message: expect.stringMatching(/22\.14.*20\.20\.0.*node_modules\/\.bin\/node/s),
    }),
  )
  expect(() => checkRuntime({ node: '22.14.0', napi: '10' })).not.toThrow()
})

test('a new database is WAL, keeps foreign keys, and every table is strict', () => {
  const path = join(folder(), 'app.sqlite')
  const store = opened(path)
  expect(() => store.createRun({ projectId: 'nobody', setup: '{}', seed: 1, createdAt: 1 })).toThrow(
    /FOREIGN KEY/,
  )
  const Sqlite = createRequire(import.meta.url)('better-sqlite3')
  const raw = new Sqlite(path)
  expect(raw.pragma('journal_mode', { simple: true })).toBe('wal')
  const loose = raw
    .prepare(
      `SELECT name FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%' AND strict = 0`,
    )
    .all()
  raw.close()
  expect(loose).toEqual([])
})

test('opening twice migrates once, and a second connection sees what the first wrote', () => {
  const path = join(folder(), 'app.sqlite')
  const a = opened(path)
  a.saveProject({ id: 'p', dir: '/p', name: 'P', createdAt: 1, updatedAt: 1 })
  expect(opened(path).project('p')).toEqual({ id: 'p', dir: '/p', name: 'P', createdAt: 1, updatedAt: 1 })
})

test('a later migration is applied to an older database, and its rows stay', () => {
  const path = join(folder(), 'app.sqlite')
  opened(path).saveProject({ id: 'p', dir: '/p', name: 'P', createdAt: 1, updatedAt: 1 })
  const migrationsDir = migrationsWith([
    `${next}-notes.sql`,
    'CREATE TABLE notes (id INTEGER PRIMARY KEY) STRICT;',
  ])
  const store = openStore({ path, migrationsDir })
  expect([store.version, store.project('p')?.name]).toEqual([shippedNames.length + 1, 'P'])
  store.close()
})

test('steps of the first version are read with what it did not measure as null', () => {
  const path = join(folder(), 'app.sqlite')
  const firstOnly = join(folder(), 'migrations')
  mkdirSync(firstOnly)
  copyFileSync(join(shipped, '0001-first.sql'), join(firstOnly, '0001-first.sql'))
  const old = openDatabase(path)
  migrate(old, path, readMigrations(firstOnly))
  old.exec(`INSERT INTO projects VALUES ('p', '/p', 'P', 1, 1);
    INSERT INTO runs (id, project_id, setup, state, seed, created_at) VALUES (1, 'p', '{}', 'running', 42, 1);
    INSERT INTO metrics VALUES (1, 0, 0, 9, 0, .7, .7, 1, 0, 0, 0, .5, -9, -9, 0, 0, 1, 1e-4, 100, 20)`)
  old.close()
  expect(opened(path).metricsPage(1, 0, 10)).toMatchObject([
    { step: 0, loss: 0.7, stepMs: 20, entropy: null, kl: null, klPerToken: null },
  ])
})

test('a migration that fails half-way leaves the database as it was', () => {
  const path = join(folder(), 'app.sqlite')
  opened(path)
  const broken = migrationsWith([
    `${next}-broken.sql`,
    'CREATE TABLE notes (id INTEGER PRIMARY KEY) STRICT; INSERT INTO nowhere VALUES (1);',
  ])
  expect(() => openStore({ path, migrationsDir: broken })).toThrow(/nowhere/)
  const good = migrationsWith([`${next}-good.sql`, 'CREATE TABLE notes (id INTEGER PRIMARY KEY) STRICT;'])
  const store = openStore({ path, migrationsDir: good })
  expect(store.version).toBe(shippedNames.length + 1)
  store.close()
})

test('a database of a newer version is refused with both versions', () => {
  const path = join(folder(), 'app.sqlite')
  openStore({ path, migrationsDir: migrationsWith([`${next}-next.sql`, 'SELECT 1;']) }).close()
  expect(() => openStore({ path })).toThrow(
    expect.objectContaining({
      code: 'FILE_UNREADABLE',
      message: expect.stringMatching(new RegExp(`newer version.*${next}-next`, 's')),
    }),
  )
})

test('an edited migration is refused, one with Windows line ends is not', () => {
  const path = join(folder(), 'app.sqlite')
  opened(path)
  const edited = migrationsWith(['0001-first.sql', `${firstSql}\n-- edited`])
  expect(() => openStore({ path, migrationsDir: edited })).toThrow(
    expect.objectContaining({ code: 'FILE_UNREADABLE', message: expect.stringContaining('never edited') }),
  )
  openStore({
    path,
    migrationsDir: migrationsWith(['0001-first.sql', firstSql.replaceAll('\n', '\r\n')]),
  }).close()
})

test('a file that is no database, a truncated one and one with overwritten pages are refused with what to do', () => {
  const dir = folder()
  const text = join(dir, 'text.sqlite')
  writeFileSync(text, 'this is not a database, only text that is long enough to be looked at\n'.repeat(200))
  const whole = join(dir, 'whole.sqlite')
  const store = openStore({ path: whole })
  store.saveProject({ id: 'p', dir: '/p', name: 'P', createdAt: 1, updatedAt: 1 })
  store.close()
  const short = join(dir, 'short.sqlite')
  copyFileSync(whole, short)
  truncateSync(short, 3 * 4096 + 100)
  const scratched = join(dir, 'scratched.sqlite')
  copyFileSync(whole, scratched)
  const file = openSync(scratched, 'r+')
  writeSync(file, Buffer.alloc(3 * 4096, 0xa5), 0, 3 * 4096, 4096)
  closeSync(file)
  for (const path of [text, short, scratched]) {
    expect(() => openStore({ path })).toThrow(
      expect.objectContaining({
        code: 'FILE_UNREADABLE',
        message: expect.stringMatching(`${path} is damaged.*Move it`),
      }),
    )
  }
})

test('a database of another program is refused and left alone', () => {
  const path = join(folder(), 'other.sqlite')
  const Sqlite = createRequire(import.meta.url)('better-sqlite3')
  const raw = new Sqlite(path)
  raw.exec('CREATE TABLE theirs (x)')
  raw.close()
  expect(() => openStore({ path })).toThrow(
    expect.objectContaining({ code: 'FILE_UNREADABLE', message: expect.stringContaining('another program') }),
  )
})

test('step metrics come back as they were, page by page, and a step written again replaces the first', () => {
  const { store, runId } = withRun()
  const steps = Array.from({ length: 501 }, (_, n) => step(n))
  store.saveMetrics(runId, 0, steps)
  store.saveMetrics(runId, 0, [{ ...step(500), loss: 9 }])
  const read: unknown[] = []
  for (let after = -1; ;) {
    const page = store.metricsPage(runId, 0, 100, after)
    if (page.length === 0) break
    read.push(...page)
    after = page.at(-1)!.step
  }
  expect(read).toEqual([...steps.slice(0, 500), { ...step(500), loss: 9 }])
  expect(store.metricsPage(runId, 1, 100)).toEqual([])
})

test('events and projects are paged newest first without gaps or repeats, equal times included', () => {
  const { store, runId } = withRun()
  for (let i = 0; i < 25; i++) {
    store.saveEvent({ runId, createdAt: 5, level: 'info', message: `event ${i}`, data: '{}' })
    store.saveProject({
      id: `q${i}`,
      dir: `/q${i}`,
      name: '',
      createdAt: 1,
      updatedAt: 2 + Math.floor(i / 10),
    })
  }
  const messages: string[] = []
  let before: number | undefined
  for (let page = store.eventPage(runId, 10); page.length > 0; page = store.eventPage(runId, 10, before)) {
    messages.push(...page.map((e) => e.message))
    before = page.at(-1)!.id
  }
  expect(messages).toEqual(Array.from({ length: 25 }, (_, i) => `event ${24 - i}`))
  const ids: string[] = []
  for (let page = store.projectPage(10); page.length > 0; page = store.projectPage(10, page.at(-1)))
    ids.push(...page.map((p) => p.id))
  expect(new Set(ids).size).toBe(26)
  expect(ids).toHaveLength(26)
})

test('a folder that holds a new project takes the path over, and the old project’s run stays', () => {
  const { store, runId } = withRun()
  store.saveProject({ id: 'new', dir: '/p', name: 'N', createdAt: 2, updatedAt: 2 })
  expect(store.projectAt('/p')?.id).toBe('new')
  expect(store.run(runId)?.projectId).toBe('p')
})

test('a stage’s working time adds up over interruptions and starts at zero when it has to be made again', () => {
  const { store, runId } = withRun()
  const key = { runId, iteration: 0, name: 'finetune' as const }
  const request = '{"a":1}'
  store.startStage(key, request, 1)
  store.addStageSeconds(key, 2, 2)
  store.startStage(key, request, 3) // after a kill
  store.addStageSeconds(key, 3, 4)
  store.finishStage(key, '{}', '[]', 5)
  expect(store.stage(key)).toMatchObject({ state: 'done', attempts: 2, seconds: 5 })
  store.startStage(key, request, 6) // its files were lost
  expect(store.stage(key)).toMatchObject({ state: 'running', result: null, seconds: 0 })
})

test('an evaluation is kept whole and with its scores as columns', () => {
  const { store, runId } = withRun()
  const result: EvaluationResult = {
    kind: 'done',
    rows: 3,
    greedy: 0.5,
    sampled: null,
    temperature: 1,
    heldOutLoss: null,
    heldOutNll: 1.25,
    rewardAccuracy: null,
    margin: null,
    kl: 0.5,
    meanTokensReal: 1,
    meanTokensGreedy: 2,
    cappedShare: 0,
    byKind: { word: { rows: 3, greedy: 0.5, sampled: null } },
    answersPath: '/a',
    seconds: 1,
  }
  store.saveEvaluation(runId, -1, result, 7)
  const [row] = store.evaluations(runId)
  expect(row).toMatchObject({ iteration: -1, greedy: 0.5, sampled: null, heldOutNll: 1.25, kl: 0.5 })
  expect(JSON.parse(row?.result ?? '')).toEqual(result)
})
