import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { publishFile, replaceFile, writeDurable } from '../../../src/engine/files/durable-file.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'spin-files-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

test('a file is replaced whole and nothing else is left in its folder', async () => {
  const path = join(dir, 'a.json')
  await replaceFile(path, 'old and long')
  await replaceFile(path, 'new')
  expect(readFileSync(path, 'utf8')).toBe('new')
  expect(readdirSync(dir)).toEqual(['a.json'])
})

test('where the new content cannot be written the old one stays', async () => {
  const path = join(dir, 'a.json')
  await replaceFile(path, 'old')
  await expect(publishFile(join(dir, 'missing.tmp'), path)).rejects.toMatchObject({ code: 'ENOENT' })
  expect(readFileSync(path, 'utf8')).toBe('old')
})

test('bytes and texts are written as they are, over what an interrupted write left', async () => {
  const path = join(dir, 'weights.partial')
  writeFileSync(path, 'half of something longer')
  await writeDurable(path, Uint8Array.of(0, 255, 10))
  expect([...readFileSync(path)]).toEqual([0, 255, 10])
  await publishFile(path, join(dir, 'weights'))
  expect(readdirSync(dir)).toEqual(['weights'])
})
