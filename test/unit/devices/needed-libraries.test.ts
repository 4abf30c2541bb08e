import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { neededLibraries } from '../../../src/main/devices/needed-libraries.ts'
import { elfFile } from './elf-file.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'needed-'))
  return () => rmSync(dir, { recursive: true })
})

function needed(bytes: Buffer | string): string[] | null {
  const path = join(dir, 'lib.so')
  writeFileSync(path, bytes)
  return neededLibraries(path)
}

it('names what a library needs, in its order', () => {
  expect(needed(elfFile(['libcudart.so.13', 'libc.so.6']))).toEqual(['libcudart.so.13', 'libc.so.6'])
  expect(needed(elfFile([]))).toEqual([])
})

// A file that a real linker wrote: this very program.
it.runIf(process.platform === 'linux')("reads the running program's own", () => {
  expect(neededLibraries(process.execPath)).toContain('libc.so.6')
})

it('says nothing of what is no such file, or is cut short anywhere', () => {
  expect(neededLibraries(join(dir, 'absent.so'))).toBeNull()
  expect(needed('')).toBeNull()
  expect(
    needed('not a library at all, but a text that is longer than the sixty-four bytes of a header'),
  ).toBeNull()
  const whole = elfFile(['libcudart.so.13', 'libcublas.so.13'])
  for (let size = 0; size < whole.length; size++) expect(needed(whole.subarray(0, size))).toBeNull()
})

it('takes numbers of any size without a crash', () => {
  const whole = elfFile(['libcudart.so.13'])
  for (let at = 16; at < whole.length; at++) {
    const hostile = Buffer.from(whole)
    hostile.fill(0xff, at, Math.min(at + 8, whole.length))
    const found = needed(hostile)
    expect(found === null || found.length <= 1).toBe(true)
  }
})
