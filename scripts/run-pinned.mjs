import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { pinnedNode, root } from './setup.mjs'

const lifelineFd = 3
const parentCheckMs = 500

/**
 * Runs the pinned Node with these arguments and resolves with its exit code. The child ends with this process however
 * that ends (a pipe that only closes when we are gone tells it), and this process ends with npm: after `kill -9` of
 * any of them nothing keeps running unseen and the same command can be given again.
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 * @returns {Promise<number>}
 */
export function runPinned(args, env = {}) {
  const lifeline = pathToFileURL(join(root, 'scripts', 'end-with-parent.mjs')).href
  const child = spawn(pinnedNode, ['--disable-warning=ExperimentalWarning', '--import', lifeline, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, ...env, SPIN_STUDIO_LIFELINE: String(lifelineFd) },
  })
  child.stdio[lifelineFd].on('error', () => child.stdio[lifelineFd].destroy()) // it goes with the child
  // Ctrl-C reaches the child by the terminal; it decides what to do. Other signals are passed on.
  const passOn = ['SIGTERM', 'SIGHUP']
  const onInterrupt = () => undefined
  const onSignal = (signal) => child.kill(signal)
  process.on('SIGINT', onInterrupt)
  for (const signal of passOn) process.on(signal, onSignal)
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.env.npm_lifecycle_event && process.ppid !== parent) process.exit(1)
  }, parentCheckMs)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      clearInterval(watch)
      process.off('SIGINT', onInterrupt)
      for (const name of passOn) process.off(name, onSignal)
      resolve(code ?? 128 + (constants.signals[signal] ?? 0))
    })
  })
}
