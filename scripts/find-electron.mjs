import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runPinned } from './run-pinned.mjs'
import { root } from './setup.mjs'

const home = join(root, 'node_modules', 'electron')

/** Why there is no Electron, in words a person can act on. */
export const electronMissing =
  'Electron\'s binary is not in node_modules/electron ("node node_modules/electron/install.js" downloads it; ' +
  'ELECTRON_OVERRIDE_DIST_PATH names a folder that has it)'

/** Electron's folder and binary; null = none. By its files: require('electron') would start a download. */
export function findElectron() {
  const pathFile = join(home, 'path.txt')
  const dir = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(home, 'dist')
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : usualName()
  const binary = join(dir, name)
  return existsSync(binary) ? { dir, binary } : null
}

/**
 * Electron's packages have no install script any more (45): the binary comes by this. Says how it went; a machine
 * without a way to GitHub goes on without it.
 */
export async function downloadElectron() {
  console.error(`[setup] downloading Electron ${electronVersion()} (about 120 MB, once)`)
  const code = await runPinned([join(home, 'install.js')])
  if (code !== 0) console.error('[setup] Electron could not be downloaded; the lines above say why')
}

/** The version that package-lock.json asks for. */
export function electronVersion() {
  return JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')).version
}

function usualName() {
  if (process.platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron'
  return process.platform === 'win32' ? 'electron.exe' : 'electron'
}
