#!/usr/bin/env node
// Plain JavaScript for Node 20 and later: finds a Node that runs the TypeScript sources as they are, and hands over.
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))))
const entry = join(root, 'src', 'main', 'terminal', 'index.ts')
// better-sqlite3 needs Node 22.14 (N-API 10); TypeScript without a build needs 22.18.
const needed = [22, 18]

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > needed[0] || (major === needed[0] && minor >= needed[1])
}

function findNode() {
  if (!existsSync(join(root, 'node_modules', 'zod', 'package.json'))) {
    fail(
      `The packages of SPIN Studio are not installed: ${join(root, 'node_modules')} is missing or incomplete. Run "npm ci" in ${root}.`,
    )
  }
  if (isNewEnough(process.versions.node)) return process.execPath
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const found = [
    join(root, 'node_modules', 'node', 'bin', name),
    join(root, 'node_modules', '.bin', name),
  ].find((path) => existsSync(path))
  if (found) return found
  return fail(
    `SPIN Studio needs Node ${needed.join('.')} or later and this is ${process.versions.node}. Run "npm ci" in ${root}, which brings its own.`,
  )
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

// The channel is how the child notices that this process was killed; it carries no messages.
const child = spawn(findNode(), [entry, ...process.argv.slice(2)], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
})

// Ctrl-C reaches both through the terminal: the child decides when it is done. Other signals reach only this process.
process.on('SIGINT', () => {})
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('error', (error) => fail(`${child.spawnfile} does not start: ${error.message}`))
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
