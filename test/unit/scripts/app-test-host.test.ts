import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { appTestCommand, findAppTestHost } from '../../../scripts/app-test-host.mjs'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'spin-app-test-host-'))
  vi.stubEnv('APP_EXECUTABLE', '')
  vi.stubEnv('ELECTRON_OVERRIDE_DIST_PATH', dir)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(dir, { recursive: true })
})

it('without Electron’s binary the tests run in Chromium, and say what is missing', () => {
  const host = findAppTestHost()
  expect(host).toMatchObject({ kind: 'chromium' })
  expect(host.kind === 'chromium' && host.why).toContain('Electron')
  expect(appTestCommand('/bin/node', ['wizard'])).toEqual([
    '/bin/node',
    'node_modules/@playwright/test/cli.js',
    'test',
    'wizard',
  ])
})

it.runIf(process.platform === 'linux')('with a program they run in it, under a display of their own', () => {
  const program = join(dir, 'spin-studio')
  writeFileSync(program, '')
  vi.stubEnv('APP_EXECUTABLE', program)
  vi.stubEnv('WAYLAND_DISPLAY', '')
  vi.stubEnv('DISPLAY', ':7')
  expect(findAppTestHost()).toMatchObject({ kind: 'electron', executable: program, xvfb: null })
  vi.stubEnv('DISPLAY', '')
  vi.stubEnv('PATH', dir)
  expect(findAppTestHost()).toMatchObject({ kind: 'chromium', why: expect.stringContaining('xvfb') })
  writeFileSync(join(dir, 'xvfb-run'), '')
  expect(findAppTestHost()).toMatchObject({ kind: 'electron', xvfb: join(dir, 'xvfb-run') })
  expect(appTestCommand('/bin/node', []).slice(0, 3)).toEqual([join(dir, 'xvfb-run'), '-a', '/bin/node'])
})

it('a program that is not there is an error, not a reason for the browser', () => {
  vi.stubEnv('APP_EXECUTABLE', join(dir, 'gone'))
  expect(() => findAppTestHost()).toThrow('is not there')
})
