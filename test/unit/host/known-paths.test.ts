import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { knownPath } from '../../../src/main/host/known-paths.ts'
import { dataDirOfArguments, projectOfArguments } from '../../../src/main/shell/shell-arguments.ts'
import { openStore } from '../../../src/main/store/store.ts'

function record() {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'known-')))
  const store = openStore({ path: join(home, 'app.sqlite') })
  onTestFinished(() => {
    store.close()
    rmSync(home, { recursive: true })
  })
  const dir = join(home, 'elsewhere', 'helpdesk')
  mkdirSync(join(dir, 'iter-0', 'model'), { recursive: true })
  mkdirSync(join(home, 'elsewhere', 'helpdesk-private'))
  store.saveProject({ id: 'p1', dir, name: 'Helpdesk', createdAt: 1, updatedAt: 1 })
  return { home, dir, store }
}

it('knows projects and what is in them, and the folders given', () => {
  const { home, dir, store } = record()
  expect(knownPath(store, dir, [])).toBe(dir)
  expect(knownPath(store, join(dir, 'iter-0', 'model'), [])).toBe(join(dir, 'iter-0', 'model'))
  expect(knownPath(store, home, [home])).toBe(home)
})

it('refuses other folders, also those whose names begin the same or that are reached by ".."', () => {
  const { dir, store } = record()
  for (const path of ['/etc', `${dir}-private`, join(dir, '..'), `${dir}/../helpdesk-private`])
    expect(() => knownPath(store, path, []), path).toThrow(/Expected a folder of a project or model/)
})

it('refuses a link that leads out of what it knows', () => {
  const { dir, store } = record()
  symlinkSync('/etc', join(dir, 'link'))
  expect(() => knownPath(store, join(dir, 'link'), [])).toThrow(/Expected a folder/)
})

it('says when a project is no longer there', () => {
  const { dir, store } = record()
  rmSync(dir, { recursive: true })
  expect(() => knownPath(store, dir, [])).toThrow(/no longer there/)
})

it('finds the project that a file or folder of the command line belongs to', () => {
  const { home, dir, store } = record()
  expect(projectOfArguments(store, ['--no-sandbox', join(dir, 'project.json')], home)).toBe('p1')
  expect(projectOfArguments(store, ['elsewhere/helpdesk'], home)).toBe('p1')
  expect(projectOfArguments(store, ['.', '/etc/passwd'], home)).toBeNull()
})

it('takes the data folder of the command line in both ways of writing it', () => {
  expect(dataDirOfArguments(['electron', '.', '--data-dir', 'data'], '/work')).toBe('/work/data')
  expect(dataDirOfArguments(['electron', '--data-dir=/data/spin'], '/work')).toBe('/data/spin')
  expect(dataDirOfArguments(['electron', '.'], '/work')).toBeNull()
})
