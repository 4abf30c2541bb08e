import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { electronMissing, findElectron } from './find-electron.mjs'
import { hasDisplay } from './start-options.mjs'

/**
 * Where the app's tests run: the packaged program that APP_EXECUTABLE names, else Electron from the sources, else Chromium
 * against the headless host, and why. On a server `xvfb` is what gives Electron a display.
 */
export function findAppTestHost() {
  const packaged = process.env.APP_EXECUTABLE
  if (packaged && !existsSync(packaged)) throw new Error(`APP_EXECUTABLE is ${packaged}, which is not there.`)
  const executable = packaged ?? findElectron()?.binary
  if (!executable) return { kind: 'chromium', why: electronMissing }
  const display = hasDisplay(process)
  const xvfb = display ? null : findXvfb()
  if (!display && xvfb === null)
    return {
      kind: 'chromium',
      why: 'there is no display, and no xvfb-run to make one ("apt-get install xvfb")',
    }
  // Chromium's sandbox refuses to run as root.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return { kind: 'electron', executable, args: [...(packaged ? [] : ['.']), ...sandbox], xvfb }
}

/** The test runner under `node`, and under a display of its own where there is no other. */
export function appTestCommand(node, args) {
  const host = findAppTestHost()
  const runner = [node, 'node_modules/@playwright/test/cli.js', 'test', ...args]
  return host.kind === 'electron' && host.xvfb !== null ? [host.xvfb, '-a', ...runner] : runner
}

function findXvfb() {
  const dirs = (process.env.PATH ?? '').split(delimiter)
  return dirs.map((dir) => join(dir, 'xvfb-run')).find((path) => existsSync(path)) ?? null
}
