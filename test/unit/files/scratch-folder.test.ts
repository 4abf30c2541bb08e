import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { makeScratchFolder, sweepScratchFolders } from '../../../src/engine/files/scratch-folder.ts'

const modulePath = join(import.meta.dirname, '../../../src/engine/files/scratch-folder.ts')

/** A folder for temporary files of the test's own. */
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'scratch-test-'))
  vi.stubEnv('TMPDIR', dir)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(dir, { recursive: true })
})

/** Another process that makes a folder with a file in it, and then ends in its own way. */
function endAfterMaking(end: string): void {
  const code = `import { writeFileSync } from 'node:fs'
    import { makeScratchFolder } from ${JSON.stringify(modulePath)}
    writeFileSync(makeScratchFolder('forecast').path + '/weights', 'w')
    ${end}`
  spawnSync(process.execPath, ['--input-type=module', '--eval', code], { env: process.env })
}

test('a scratch folder is there until it is removed', () => {
  const folder = makeScratchFolder('forecast')
  writeFileSync(join(folder.path, 'a'), 'a')
  expect(readdirSync(dir)).toHaveLength(1)
  folder.remove()
  expect(readdirSync(dir)).toEqual([])
})

test('a process that ends takes its folders with it; what a killed one left is swept', () => {
  endAfterMaking('process.exit(0)')
  expect(readdirSync(dir)).toEqual([])
  endAfterMaking("process.kill(process.pid, 'SIGKILL')")
  expect(readdirSync(dir)).toHaveLength(1)
  sweepScratchFolders()
  expect(readdirSync(dir)).toEqual([])
})

test('what others have and are at work with stays', () => {
  const mine = makeScratchFolder('samples')
  const others = [
    `spin-studio-scratch-${process.ppid}-forecast-Ab3dEf`,
    'spin-studio-runs-99999999-x',
    'mail',
  ]
  for (const name of others) mkdirSync(join(dir, name))
  sweepScratchFolders()
  expect(existsSync(mine.path)).toBe(true)
  expect(readdirSync(dir)).toEqual(expect.arrayContaining(others))
  mine.remove()
})

test('a folder for temporary files that is not there stops nobody', () => {
  vi.stubEnv('TMPDIR', join(dir, 'gone'))
  expect(sweepScratchFolders).not.toThrow()
})
