import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, onTestFinished } from 'vitest'

const made = (name: string): string => mkdtempSync(join(tmpdir(), `${name}-`))

/** A folder that goes after the tests of the file, or of the describe, that it was made for. */
export function folderOfTests(name: string): string {
  const dir = made(name)
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** A folder that goes with the test that makes it. */
export function folderOfTest(name: string): string {
  const dir = made(name)
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Paths at which nothing is yet, another with each call, in a folder of the tests. */
export function freshPaths(name: string): () => string {
  const dir = folderOfTests(name)
  let count = 0
  return () => join(dir, `${count++}`)
}
