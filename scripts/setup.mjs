// Plain JavaScript for Node 20, with no imports outside Node: it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, statfsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const stamp = join(modules, '.spin-studio-setup')
const suffix = process.platform === 'win32' ? '.exe' : ''
/** The pinned Node that runs the TypeScript sources; the system's Node only starts it. */
export const pinnedNode = join(modules, 'node', 'bin', `node${suffix}`)

const neededNode = 20
const neededNpm = 9
const neededFreeBytes = 2e9 // node_modules takes about 1.2 GB
const neededGlibc = [2, 34] // better-sqlite3's prebuilt binary

class SetupError extends Error {}

const say = (line) => console.error(`[setup] ${line}`)

/** Makes node_modules fit package-lock.json; quick when it already does. Ends the process with a message when it can't. */
export async function ensureSetup() {
  try {
    checkMachine()
    const wanted = fingerprint()
    if (!isInstalled(wanted)) {
      await install()
      markInstalled(wanted)
    }
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    console.error(`\n[setup] Cannot set up: ${error.message}`)
    process.exit(1)
  }
}

function checkMachine() {
  const major = Number(process.versions.node.split('.')[0])
  if (major < neededNode) {
    throw new SetupError(
      `expected Node ${neededNode} or later, found ${process.versions.node}. Install a newer Node (https://nodejs.org), then try again.`,
    )
  }
  if (process.platform !== 'linux') return
  const glibc = process.report?.getReport?.().header.glibcVersionRuntime
  if (!glibc) {
    throw new SetupError(
      'expected a Linux with glibc, found musl (Alpine?). ONNX Runtime and DuckDB have no binaries for musl; use Debian 12, Ubuntu 22.04 or later.',
    )
  }
  const [a = 0, b = 0] = glibc.split('.').map(Number)
  if (a < neededGlibc[0] || (a === neededGlibc[0] && b < neededGlibc[1])) {
    throw new SetupError(
      `expected glibc ${neededGlibc.join('.')} or later, found ${glibc}. Use Debian 12, Ubuntu 22.04 or later.`,
    )
  }
}

function fingerprint() {
  const hash = createHash('sha256')
  hash.update(readFileSync(join(root, 'package-lock.json')))
  return hash.update(`${process.platform}-${process.arch}`).digest('hex')
}

function isInstalled(wanted) {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && pinnedNodeWorks()) return true
  // Whoever ran npm themselves needs no second installation: npm's own record of what it put there decides.
  const difference = firstDifference()
  if (difference === null && pinnedNodeWorks()) {
    markInstalled(wanted)
    return true
  }
  say(difference ?? 'the pinned Node is not there or does not start')
  return false
}

/** What differs between package-lock.json and node_modules, in words; null = nothing. */
function firstDifference() {
  const record = join(modules, '.package-lock.json')
  if (!existsSync(record)) return 'node_modules is missing'
  const read = (path) => JSON.parse(readFileSync(path, 'utf8')).packages
  const there = read(record)
  for (const [path, wanted] of Object.entries(read(join(root, 'package-lock.json')))) {
    if (path === '' || wanted.optional || wanted.devOptional || wanted.peer) continue
    if (there[path]?.version !== wanted.version) {
      return `${path} should have version ${wanted.version}, found ${there[path]?.version ?? 'nothing'}`
    }
  }
  return null
}

function pinnedNodeWorks() {
  return (
    existsSync(pinnedNode) &&
    spawnSync(pinnedNode, ['-p', 'process.versions.napi >= 10'], { encoding: 'utf8' }).stdout?.trim() ===
      'true'
  )
}

function markInstalled(wanted) {
  mkdirSync(modules, { recursive: true })
  writeFileSync(`${stamp}.tmp`, wanted)
  renameSync(`${stamp}.tmp`, stamp)
}

async function install() {
  const { bavail, bsize } = statfsSync(root)
  if (bavail * bsize < neededFreeBytes) {
    throw new SetupError(
      `expected ${neededFreeBytes / 1e9} GB free on the disk of ${root}, found ${((bavail * bsize) / 1e9).toFixed(1)} GB. Make room, then try again.`,
    )
  }
  const npm = findNpm()
  const started = Date.now()
  // No package's own scripts: onnxruntime-node's would fetch CUDA libraries and better-sqlite3's would compile.
  say('npm ci: installing the packages of package-lock.json into node_modules (about a minute)')
  // electron-installer-debian says that it is for Linux and macOS: forced, npm warns of that instead of failing.
  const force = process.platform === 'win32' ? ['--force'] : []
  await runNpm(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...force])
  // The one script that is needed: it puts the binary of the pinned Node in its place.
  say('npm rebuild node: installing the pinned Node')
  await runNpm(npm, ['rebuild', 'node', '--ignore-scripts=false', '--foreground-scripts', '--loglevel=error'])
  if (!pinnedNodeWorks()) {
    throw new SetupError(
      `the pinned Node was installed but ${pinnedNode} does not start. Delete node_modules and try again; if it stays so, this system is too old for it.`,
    )
  }
  const version = spawnSync(pinnedNode, ['-v'], { encoding: 'utf8' }).stdout.trim()
  say(`done in ${Math.round((Date.now() - started) / 1000)} s; the sources run on Node ${version}`)
}

/** The npm that started this script, else the one on the PATH. */
function findNpm() {
  const started = process.env.npm_execpath
  const npm = started && /npm-cli\.c?js$/.test(started) ? [process.execPath, started] : ['npm']
  const found = spawnSync(npm[0], [...npm.slice(1), '--version'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (found.status !== 0) {
    throw new SetupError(
      'expected npm on the PATH, found none. Install npm (it comes with https://nodejs.org), then try again.',
    )
  }
  if (Number(found.stdout.split('.')[0]) < neededNpm) {
    throw new SetupError(
      `expected npm ${neededNpm} or later, found ${found.stdout.trim()}. Run "npm install -g npm@latest", then try again.`,
    )
  }
  return npm
}

function runNpm(npm, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(npm[0], [...npm.slice(1), ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
      env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' },
    })
    let output = ''
    const keep = (chunk) => {
      output = (output + chunk).slice(-20_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) => reject(new SetupError(`npm could not be started: ${error.message}`)))
    child.on('close', (code) => {
      if (code === 0) return resolve()
      console.error(output.trimEnd())
      reject(new SetupError(explain(args[0], code, output)))
    })
  })
}

function explain(command, code, output) {
  const at = (pattern) => pattern.test(output)
  if (at(/ENOSPC/)) return `the disk is full. Make room on the disk of ${root}, then try again.`
  if (at(/EACCES|EPERM/))
    return `no permission to write below ${root} (or npm's cache). Make it writable for this user, then try again.`
  if (at(/EINTEGRITY/))
    return 'a downloaded package differs from package-lock.json. Run "npm cache verify", then try again.'
  if (at(/can only install packages when|not in sync|EUSAGE/))
    return 'package.json and package-lock.json do not agree. Run "npm install" and look at what changed.'
  if (at(/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|CERT_|network/i)) {
    return "the package registry cannot be reached. Connect this machine to the network (or set npm's registry or proxy), then try again."
  }
  return `"npm ${command}" ended with code ${code}; its output is above.`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await ensureSetup()
  say(
    `ready: Node ${spawnSync(pinnedNode, ['-v'], { encoding: 'utf8' }).stdout.trim()}, packages as in package-lock.json`,
  )
}
