// `npm start`: set-up, build, then Electron's window, or the same app in a browser where Electron's binary is missing.
import { existsSync, readFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ensureSetup, root } from './setup.mjs'
import { runPinned } from './run-pinned.mjs'

await ensureSetup()
const built = await runPinned([
  'node_modules/electron-vite/bin/electron-vite.js',
  'build',
  '--logLevel',
  'warn',
])
if (built !== 0) process.exit(built)

const args = process.argv.slice(2)
const electron = findElectron()
const reason = args.includes('--headless')
  ? 'as asked for'
  : electron === null
    ? 'Electron\'s binary is not in node_modules/electron ("node node_modules/electron/install.js" downloads it)'
    : hasDisplay()
      ? null
      : 'there is no display'
if (reason !== null || electron === null) {
  console.log(`Starting without a window: ${reason}.`)
  process.exit(await runPinned(['src/main/headless.ts', ...args.filter((arg) => arg !== '--headless')]))
}
// Chromium's sandbox refuses to run as root.
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
const child = spawn(electron, ['.', ...sandbox, ...args], { cwd: root, stdio: 'inherit' })
child.on('exit', (code) => process.exit(code ?? 1))

/** By its files: require('electron') would start a download. */
function findElectron() {
  const home = join(root, 'node_modules', 'electron')
  const pathFile = join(home, 'path.txt')
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : 'electron'
  const found = join(override ?? join(home, 'dist'), name)
  return existsSync(found) ? found : null
}

function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
}
