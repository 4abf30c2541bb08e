import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { acquireProjectLock } from '../../../src/main/loop/project-lock.ts'
import { attempt, createSetup, temporaryFolder } from './project-fixture.ts'

const lockModule = join(import.meta.dirname, '../../../src/main/loop/project-lock.ts')
const lockRecord = (over: object) =>
  JSON.stringify({
    token: 'old',
    pid: process.pid,
    processStart: 'another boot/1',
    host: hostname(),
    since: '2026-01-01T00:00:00Z',
    ...over,
  })

test('a second holder is refused with the pid of the first, until it is released', () => {
  const path = join(temporaryFolder(), 'project.lock')
  const release = acquireProjectLock(path)
  expect(() => acquireProjectLock(path)).toThrow(
    expect.objectContaining({ code: 'BUSY', message: expect.stringContaining(String(process.pid)) }),
  )
  release()
  acquireProjectLock(path)()
  expect(existsSync(path)).toBe(false)
})

test('the lock of a living process is respected, that of a killed one is taken over', async () => {
  const path = join(temporaryFolder(), 'project.lock')
  const script = `import(${JSON.stringify(lockModule)}).then((m) => { m.acquireProjectLock(${JSON.stringify(path)}); console.log('held'); setInterval(() => {}, 1e6) })`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  expect(() => acquireProjectLock(path)).toThrow(expect.objectContaining({ code: 'BUSY' }))
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(acquireProjectLock(path)).not.toThrow()
})

test.runIf(process.platform === 'linux')(
  'a process number that another process got later does not hold the lock',
  () => {
    const path = join(temporaryFolder(), 'project.lock')
    writeFileSync(path, lockRecord({}))
    expect(acquireProjectLock(path)).not.toThrow()
  },
)

test('a lock of another machine is respected, and the message says how to remove it', () => {
  const path = join(temporaryFolder(), 'project.lock')
  writeFileSync(path, lockRecord({ host: 'elsewhere' }))
  expect(() => acquireProjectLock(path)).toThrow(
    expect.objectContaining({ code: 'BUSY', message: expect.stringContaining(`delete ${path}`) }),
  )
})

test('a damaged lock is nobody’s', () => {
  const path = join(temporaryFolder(), 'project.lock')
  writeFileSync(path, '{"tok')
  expect(acquireProjectLock(path)).not.toThrow()
})

test('of many processes that want a stale lock exactly one gets it', () => {
  const path = join(temporaryFolder(), 'project.lock')
  writeFileSync(path, lockRecord({ pid: 2 ** 30 }))
  const script = `for (let i = 0; i < 6; i++) spawn(process.execPath, ['-e', ${JSON.stringify(
    `import(${JSON.stringify(lockModule)}).then((m) => { try { m.acquireProjectLock(${JSON.stringify(path)}); console.log('got'); setTimeout(() => {}, 1500) } catch (e) { console.log(e.code) } })`,
  )}], { stdio: 'inherit' })`
  const { stdout } = spawnSync(
    process.execPath,
    ['-e', `const { spawn } = require('node:child_process'); ${script}`],
    { encoding: 'utf8' },
  )
  expect(stdout.trim().split('\n').sort()).toEqual(['BUSY', 'BUSY', 'BUSY', 'BUSY', 'BUSY', 'got'])
}, 20_000)

test('a project that is running is refused to a second run, which leaves the first one’s lock alone', async () => {
  const home = temporaryFolder()
  const setup = createSetup(home, 1)
  let second: Promise<Awaited<ReturnType<typeof attempt>>> | undefined
  const lock = join(home, 'project/project.lock')
  let held = ''
  const first = await attempt(home, setup, {
    scores: [0.5, 0.6],
    point: (name) => {
      if (name !== 'gather start') return
      held = readFileSync(lock, 'utf8')
      second = attempt(home, setup, { scores: [] })
    },
  })
  expect(first.error).toBeNull()
  expect((await second)?.error?.code).toBe('BUSY')
  expect(JSON.parse(held)).toMatchObject({ pid: process.pid })
})
