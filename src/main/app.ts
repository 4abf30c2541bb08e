import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DeviceChoice } from '../contract/devices.ts'
import { AppError } from '../contract/errors.ts'
import type { LoopOutcome } from '../contract/project.ts'
import { callWithRestart, streamWithRestart } from './engine-client.ts'
import { deviceEnvironment } from './engine-backend.ts'
import { engineDevices } from './engines/engine-device.ts'
import { createEnginePool, type EnginePool } from './engines/engine-pool.ts'
import { poolAccess } from './engines/pool-access.ts'
import { createEngineProcess } from './engine-process.ts'
import type { EngineProcess, EngineProcessOptions } from './engine-process.ts'
import type { EngineAccess } from './loop/engine-access.ts'
import { runLoop } from './loop/run-loop.ts'
import type { RunLoopOptions } from './loop/run-loop.ts'
import { restingAccess } from './resting-engine.ts'
import { openStore } from './store/store.ts'
import type { Store } from './store/store.ts'

export interface AppOptions {
  /** The app's data folder: app.sqlite. */
  dataDir: string
  engine?: EngineProcessOptions
  /** What engines compute on, asked before the first use of one; absent = as this process's environment says. */
  chooseDevice?: () => Promise<DeviceChoice>
  /** Devices that share the loop's work (see engine-device.ts); none = one engine on the chosen device. */
  devices?: readonly string[]
  /** Where CUDA was set up; default: the machine's own data folder. */
  setupDir?: string
}

export interface App {
  store: Store
  /** The device process of the loop, or several as one; restarted over crashes, started by the first use. */
  engine: EngineAccess
  /** The processes behind it: devices may join and leave. */
  pool: EnginePool
  /** A second one for everything that only looks (inspecting, forecasts, chat, exports): looking never stops a run. */
  inspector: EngineAccess
  /** A third for measurements that take hours (benchmarks): neither the loop nor looking waits for it. Ends when idle. */
  evaluator: EngineAccess
  /** What the engines compute on; null = nobody was asked. */
  device(): Promise<DeviceChoice | null>
  enginePid(): number | null
  /** The last lines that the engines wrote to their stderr, the loop's first. */
  engineLog(): string[]
  /** See runLoop. One at a time: BUSY while one runs. */
  runLoop(options: Omit<RunLoopOptions, 'store' | 'engine'>): Promise<LoopOutcome>
  /** Something that ends its work before the engines are stopped and the record is closed. */
  onDispose(end: () => Promise<void>): void
  /** Stops a running loop (it can be gone on with), then the engine, then closes the record. */
  dispose(): Promise<void>
}

/** The composition root: everything that every host of the app (window, browser, terminal, tests) is made of. */
export function createApp({
  dataDir,
  engine: given = {},
  chooseDevice,
  setupDir,
  devices = [],
}: AppOptions): App {
  mkdirSync(dataDir, { recursive: true })
  const env: Record<string, string> = { ...given.env }
  const engineOptions: EngineProcessOptions = { ...given, env }
  let chosen: Promise<DeviceChoice | null> | null = null
  const device = (): Promise<DeviceChoice | null> =>
    (chosen ??= (chooseDevice?.() ?? Promise.resolve(null)).then((choice) => {
      if (choice) Object.assign(env, deviceEnvironment(choice.id, setupDir))
      return choice
    }))
  const store = openStore({ path: join(dataDir, 'app.sqlite') })
  const pool = createEnginePool(engineDevices(devices), engineOptions)
  const inspectorProcess = createEngineProcess(engineOptions)
  const evaluatorProcess = createEngineProcess(engineOptions)
  const engine = whenChosen(device, poolAccess(pool))
  const inspector = whenChosen(device, accessTo(inspectorProcess))
  const closing = new AbortController()
  let running: Promise<LoopOutcome> | null = null
  const ends: (() => Promise<void>)[] = []

  return {
    store,
    engine,
    pool,
    inspector,
    evaluator: whenChosen(device, restingAccess(evaluatorProcess)),
    device,
    enginePid: () => pool.first.process.pid,
    engineLog: () =>
      [...pool.engines().map(({ process }) => process), inspectorProcess, evaluatorProcess].flatMap((one) =>
        one.stderrTail(),
      ),
    async runLoop(options) {
      if (running)
        throw new AppError(
          'BUSY',
          'A run is already going on in this program. Wait for it or stop it, then try again.',
        )
      const signal = options.signal ? AbortSignal.any([options.signal, closing.signal]) : closing.signal
      running = runLoop({ ...options, store, engine, signal })
      try {
        return await running
      } finally {
        running = null
      }
    },
    onDispose: (end) => void ends.push(end),
    async dispose() {
      closing.abort(new AppError('CANCELLED', 'The program is closing.'))
      await Promise.allSettled([running, ...ends.map((end) => end())])
      await Promise.all([pool, inspectorProcess, evaluatorProcess].map((one) => one.stop()))
      store.close()
    },
  }
}

const accessTo = (process: EngineProcess): EngineAccess => ({
  call: (name, input, options = {}) => callWithRestart(process, name, input, options),
  stream: (name, input, options = {}) => streamWithRestart(process, name, input, options),
})

/** An engine takes its device with its start, so that its first use waits for the choice. */
const whenChosen = (device: () => Promise<unknown>, access: EngineAccess): EngineAccess => ({
  async call(name, input, options) {
    await device()
    return access.call(name, input, options)
  },
  stream: (name, input, options) => ({
    async *[Symbol.asyncIterator]() {
      await device()
      yield* access.stream(name, input, options)
    },
  }),
})
