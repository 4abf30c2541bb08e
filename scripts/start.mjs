// `npm start`: set-up, build, then Electron's window; or the same app in a browser, with the reason, where Electron's
// binary cannot be had or there is no display.
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { downloadElectron, electronMissing, findElectron } from './find-electron.mjs'
import { runPinned } from './run-pinned.mjs'
import { ensureSetup, root } from './setup.mjs'
import { hasDisplay, readStartArgs, usage, whyNoWindow } from './start-options.mjs'

const { help, headless, dataDir, hostArgs, windowArgs } = readStartArgs(process.argv.slice(2))
if (help) {
  console.log(usage)
  process.exit(0)
}
await ensureSetup()
const built = await runPinned([
  'node_modules/electron-vite/bin/electron-vite.js',
  'build',
  '--logLevel',
  'warn',
])
if (built !== 0) process.exit(built)

const display = hasDisplay(process)
if (!headless && display && !findElectron()) await downloadElectron()
const electron = findElectron()
const why = whyNoWindow({ headless, display, electron: electron !== null, missing: electronMissing })
if (why === null) process.exit(await openWindow(electron.binary))
process.exit(await servePage(why))

async function openWindow(binary) {
  // Chromium's sandbox refuses to run as root.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const env = dataDir === null ? process.env : { ...process.env, SPIN_STUDIO_DATA: resolve(dataDir) }
  const child = spawn(binary, ['.', ...sandbox, ...windowArgs], { cwd: root, stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  const { code, error } = await new Promise((settle) => {
    child.on('error', (startError) => settle({ code: null, error: startError.message }))
    child.on('exit', (exitCode) => settle({ code: exitCode, error: null }))
  })
  if (error !== null) return servePage(`Electron does not start (${error})`)
  // The loader's own code: a library that Electron needs is not installed, and it said which above.
  if (code === 127) return servePage('Electron does not start; the line above says which library is missing')
  return code ?? 1
}

/** Opens the browser by itself where one can appear and nobody asked for a quiet start. */
function servePage(reason) {
  console.log(`Starting without a window: ${reason}.`)
  const opens = display && !headless && !hostArgs.includes('--open')
  return runPinned(['src/main/headless.ts', ...hostArgs, ...(opens ? ['--open'] : [])])
}
