import { spawn, type ChildProcess } from 'node:child_process'
import type { Duplex } from 'node:stream'
import { backendVariables } from '../contract/backend.ts'
import type { EngineContract } from '../contract/engine.ts'
import { AppError } from '../contract/errors.ts'
import { connect, type Client } from '../ipc/client.ts'
import type { Contract } from '../ipc/contract.ts'
import { createPipeWire } from '../ipc/pipe-wire.ts'
import {
  createCrashRecord,
  crashSignature,
  deviceSaysOutOfMemory,
  exitText,
  saysOutOfMemory,
  type EngineExit,
} from './crash-record.ts'
import { cudaEnvironment } from './cuda-environment.ts'
import { createWatchdog, processorTime, type Watchdog, type WatchdogLimits } from './engine-watchdog.ts'
import { createLogTail } from './log-tail.ts'
import { oomKills } from './oom-kills.ts'
import { findNode } from './node-runtime.ts'
import { programFiles } from './program-files.ts'

export interface EngineProcessOptions {
  /** A plain Node; default: see node-runtime.ts. */
  nodePath?: string
  entryPath?: string
  /** Added to this process's environment. */
  env?: Readonly<Record<string, string>>
  onLog?: (line: string, from: 'stdout' | 'stderr') => void
  onExit?: (exit: EngineExit) => void
  maxRestarts?: number
  windowMs?: number
  /** Milliseconds, monotonic. */
  now?: () => number
  /** See engine-watchdog.ts. */
  watchdog?: Partial<WatchdogLimits>
  /** See oom-kills.ts. */
  oomKills?: () => number | null
}

export interface EngineProcess<C extends Contract = EngineContract> {
  /**
   * Starts the process on the first use, and again on the first use after a crash. A crash rejects what is pending
   * with ENGINE_CRASHED {exitCode, signal, pid, failure, outOfMemory, hung, deviceLost, restartsLeft, stderr}; so does an engine that gives no sign
   * of life for too long, which is killed. Too many crashes make the next use
   * reject with ENGINE_UNAVAILABLE. After `stop` or `kill` pending calls reject with CLOSED.
   */
  client(): Client<C>
  /** The id of the running process; null while none runs. */
  readonly pid: number | null
  /** The last 200 stderr lines of this or, when none runs, of the last process. */
  stderrTail(): readonly string[]
  /** Called when half of the time is over after which a silent engine is ended; returns what ends it. */
  onSilence(listener: (silentMs: number, limitMs: number) => void): () => void
  /** Forgets earlier crashes: work went on, or a person asks for another try. */
  forgiveCrashes(): void
  /** Closes the pipe, at which the engine exits; kills it when it has not within `graceMs`. */
  stop(graceMs?: number): Promise<void>
  kill(): Promise<void>
}

interface Life<C extends Contract> {
  client: Client<C>
  child: ChildProcess
  stderr: readonly string[]
  expected: boolean
  exit: Promise<EngineExit>
  watchdog: Watchdog
  /** Ends the process for it. */
  loseDevice(message: string): void
}

const stderrLines = 200
const stderrLinesInError = 20
/** From the closing of the pipe to the kill, for a process that lost its pipe without ending. */
const lingerMs = 2000
/** From the kill of a hung engine to going on without its end: inside a driver a process may not even be killed. */
const abandonMs = 10_000

/** Supervises the engine: the only place that starts and ends its process. */
export function createEngineProcess<C extends Contract = EngineContract>(
  options: EngineProcessOptions = {},
): EngineProcess<C> {
  const { onLog = () => undefined, onExit = () => undefined, maxRestarts = 3, windowMs = 600_000 } = options
  const crashes = createCrashRecord(maxRestarts, windowMs, options.now ?? (() => performance.now()))
  const countOomKills = options.oomKills ?? oomKills
  let life: Life<C> | null = null
  let lastStderr: readonly string[] = []
  const silenceListeners = new Set<(silentMs: number, limitMs: number) => void>()

  function start(): Life<C> {
    const refusal = crashes.refusal()
    if (refusal) {
      const tail = lastStderr.slice(-stderrLinesInError)
      throw new AppError(
        'ENGINE_UNAVAILABLE',
        `The engine is not started again: ${refusal}. Finished work is safe on disk. Look at the lines below, then run the same command again.${quote(tail)}`,
        { refusal, stderr: tail },
      )
    }
    const entryPath = options.entryPath ?? programFiles.engineEntry
    const nodePath = options.nodePath ?? findNode(entryPath)
    // Debugger and loader options of this process are not meant for that one.
    const { NODE_OPTIONS: _options, ELECTRON_RUN_AS_NODE: _electron, ...inherited } = process.env
    const engineEnv = { ...inherited, ...options.env }
    const child = spawn(nodePath, [entryPath], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...engineEnv, ...cudaEnvironment(engineEnv, entryPath) },
      windowsHide: true,
    })
    if (child.stdout) createLogTail(child.stdout, 1, (line) => onLog(line, 'stdout'))
    const stderr = child.stderr
      ? createLogTail(child.stderr, stderrLines, (line) => onLog(line, 'stderr'))
      : []
    const wire = createPipeWire(child.stdio[3] as Duplex)
    const client = connect<C>(wire)

    const killsBefore = countOomKills()
    let served = false
    let reason: string | null = null
    client.ready.then(
      () => (served = true),
      () => undefined,
    )
    wire.onClose((error) => {
      const linger = setTimeout(() => {
        reason = `its pipe broke${error ? ` (${error.message})` : ''} and it did not end by itself`
        child.kill('SIGKILL')
      }, lingerMs).unref()
      child.once('exit', () => clearTimeout(linger))
    })
    // Where the processor computes, an engine that uses it works; a wait for CUDA uses it too and says nothing.
    const backend = options.env?.[backendVariables.backend] ?? process.env[backendVariables.backend]
    const isSpinning = backend === 'cuda' || backend === 'tensorflow'
    // Elsewhere than on Linux a long product on the processor cannot be told from a hung one: it is left alone.
    const judges = process.platform === 'linux' || (Boolean(backend) && backend !== 'onnxruntime')
    let hung = false
    let deviceLost = false
    const endFor = (why: string): void => {
      reason = why
      child.kill('SIGKILL')
      setTimeout(abandon, abandonMs).unref()
    }
    let abandon = (): void => undefined
    const watchdog = createWatchdog({
      ...(judges ? {} : { leastMs: Infinity, firstMs: Infinity }),
      ...options.watchdog,
      ping: () => client.ping(),
      processorMs: () => (isSpinning ? null : processorTime(child.pid)),
      onSilence: (...silence) => silenceListeners.forEach((listener) => listener(...silence)),
      onHung(silentMs) {
        hung = true
        endFor(`no sign of life for ${Math.round(silentMs / 1000)} s`)
      },
    })
    const exit = new Promise<EngineExit>((resolve) => {
      let settled = false
      const settle = (): void => {
        if (settled) return
        settled = true
        watchdog.end()
        life = null
        const { pid = null, signalCode: signal } = child
        const exitCode = pid === null ? null : child.exitCode // a failed start leaves its errno there
        const { expected } = started
        const wasKilled = signal === 'SIGKILL' && killsBefore !== null && (countOomKills() ?? 0) > killsBefore
        const saysSo = (signal === 'SIGABRT' && saysOutOfMemory(stderr)) || deviceSaysOutOfMemory(stderr)
        const outOfMemory = !expected && !hung && !deviceLost && (wasKilled || saysSo)
        const ended = {
          pid,
          exitCode,
          signal,
          expected,
          served,
          outOfMemory,
          hung,
          deviceLost,
          reason,
          stderr,
        }
        if (!started.expected) crashes.add(ended)
        onExit(ended)
        resolve(ended)
      }
      abandon = () => {
        client.close()
        settle()
      }
      child.on('error', (error) => {
        if (child.pid !== undefined) return // a failed kill, not a failed start
        reason = error.message
        client.close()
        settle()
      })
      // After 'exit', when the last stderr line has been read. A failed start closes too, before or after its 'error'.
      child.once('close', () => {
        if (child.pid !== undefined) settle()
      })
    })
    const loseDevice = (message: string): void => {
      deviceLost = true
      endFor(message)
    }
    const started: Life<C> = { client, child, stderr, expected: false, exit, watchdog, loseDevice }
    life = started
    lastStderr = stderr
    return started
  }

  /** What a reader is told when the wire closed under it. */
  async function explain(error: unknown, during: string, { exit, loseDevice }: Life<C>): Promise<unknown> {
    if (!(error instanceof AppError)) return error
    // A process that has lost its device does not get it back.
    if (error.code === 'DEVICE_LOST') loseDevice(error.message)
    else if (error.code !== 'CLOSED') return error
    const ended = await exit
    if (ended.expected)
      return new AppError('CLOSED', `The engine was stopped during "${during}"`, {}, { cause: error })
    const stderr = ended.stderr.slice(-stderrLinesInError)
    const killed =
      ended.signal === 'SIGKILL' ? 'killed from outside; often the system was out of memory' : null
    const starved = ended.outOfMemory ? 'memory ran out' : null
    const cause = ended.pid === null ? null : (ended.reason ?? starved ?? killed)
    const hint = cause ? ` (${cause})` : ''
    const message =
      `The engine stopped unexpectedly during "${during}" with ${exitText(ended)}${hint}. What it had finished is safe on ` +
      `disk (fractions, answered rows, checkpoints) and the same request continues from there.${quote(stderr)}`
    return new AppError('ENGINE_CRASHED', message, {
      exitCode: ended.exitCode,
      signal: ended.signal,
      pid: ended.pid,
      failure: crashSignature(ended),
      outOfMemory: ended.outOfMemory,
      hung: ended.hung,
      deviceLost: ended.deviceLost,
      restartsLeft: crashes.restartsLeft,
      stderr,
    })
  }

  const supervised: Client<C> = {
    async call(name, input, callOptions) {
      const current = life ?? start()
      const end = current.watchdog.begin()
      try {
        return await current.client.call(name, input, callOptions)
      } catch (error) {
        throw await explain(error, name, current)
      } finally {
        end()
      }
    },
    stream: (name, input, streamOptions) => ({
      async *[Symbol.asyncIterator]() {
        const current = life ?? start()
        const end = current.watchdog.begin()
        try {
          for await (const event of current.client.stream(name, input, streamOptions)) {
            current.watchdog.heard(isResult(event))
            yield event
          }
        } catch (error) {
          throw await explain(error, name, current)
        } finally {
          end()
        }
      },
    }),
    get ready() {
      try {
        const current = life ?? start()
        return current.client.ready.catch(async (error: unknown) => {
          throw await explain(error, 'start', current)
        })
      } catch (error) {
        return Promise.reject(error)
      }
    },
    ping: async () => (life ?? start()).client.ping(),
    close: () => life?.client.close(),
  }

  async function end(closeFirst: boolean, graceMs: number): Promise<void> {
    if (!life) return
    const ending = life
    ending.expected = true
    if (closeFirst) ending.client.close()
    else ending.child.kill('SIGKILL')
    const timer = setTimeout(() => ending.child.kill('SIGKILL'), graceMs)
    await ending.exit
    clearTimeout(timer)
  }

  return {
    client: () => supervised,
    get pid() {
      return life?.child.pid ?? null
    },
    stderrTail: () => [...lastStderr],
    onSilence(listener) {
      silenceListeners.add(listener)
      return () => silenceListeners.delete(listener)
    },
    forgiveCrashes: () => crashes.clear(),
    stop: (graceMs = 5000) => end(true, graceMs),
    kill: () => end(false, 0),
  }
}

/** What is said of a stage before it has done anything is none. */
function isResult(event: unknown): boolean {
  const { kind, done } = event as { kind?: unknown; done?: unknown }
  if (kind === 'log' || kind === 'device') return false
  return kind !== 'progress' || (typeof done === 'number' && done > 0)
}

function quote(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n${lines.map((line) => `  | ${line}`).join('\n')}`
}
