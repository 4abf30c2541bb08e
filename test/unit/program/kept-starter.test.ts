import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { keptStarter } from '../../../src/main/kept-starter.ts'
import { shortName } from '../../../src/main/runs/short-name.ts'
import { folderOfTest } from '../../temp-folder.ts'

function program(): { dataDir: string; starterDir: string } {
  const home = folderOfTest('starter')
  const starterDir = join(home, 'mounted', 'starter')
  mkdirSync(join(starterDir, 'model'), { recursive: true })
  writeFileSync(join(starterDir, 'model', 'model.safetensors'), 'weights')
  const dataDir = join(home, 'data')
  mkdirSync(dataDir)
  return { dataDir, starterDir }
}

test('an installed program keeps its starter in the data folder, at the same path at every start', () => {
  const { dataDir, starterDir } = program()
  const kept = keptStarter(dataDir, { starterDir, isPackaged: true })
  rmSync(join(starterDir, 'model', 'model.safetensors'))
  writeFileSync(join(starterDir, 'model', 'model.safetensors'), 'weights') // mounted anew
  expect(keptStarter(dataDir, { starterDir, isPackaged: true })).toBe(kept)
  expect(readFileSync(join(kept, 'model', 'model.safetensors'), 'utf8')).toBe('weights')
  expect(readdirSync(dataDir)).toHaveLength(1)
  expect(shortName(join(kept, 'model'))).toBe('Starter model')
})

test('another starter gets another folder, so that older projects still find theirs', () => {
  const { dataDir, starterDir } = program()
  const first = keptStarter(dataDir, { starterDir, isPackaged: true })
  writeFileSync(join(starterDir, 'model', 'model.safetensors'), 'better weights')
  const second = keptStarter(dataDir, { starterDir, isPackaged: true })
  expect(second).not.toBe(first)
  expect(readFileSync(join(first, 'model', 'model.safetensors'), 'utf8')).toBe('weights')
})

test('a checkout’s starter is used where it lies', () => {
  const { dataDir, starterDir } = program()
  expect(keptStarter(dataDir, { starterDir, isPackaged: false })).toBe(starterDir)
  expect(readdirSync(dataDir)).toEqual([])
})
