import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { backendVariables, type TensorFlowStatus } from '../../contract/backend.ts'
import { tensorFlowWords as words } from '../../strings/tensorflow.ts'
import { findPackage, inspectPackage, packageName, packageVersion, type Shortcoming } from './find-package.ts'
import { driverLibraries, nativeLibraries } from './native-libraries.ts'
import type { TrialReport } from './trial.ts'

export interface StatusOptions {
  /** The file from which Node looks for the package; default: one in the folder that a person named, or this one. */
  from?: string
  env?: Readonly<Record<string, string | undefined>>
  /** Loading takes seconds; a driver may hang. */
  limitMs?: number
}

/**
 * Whether programs can run on TensorFlow, and if not, why and what to do. Never throws for what it finds. Where the package is
 * whole, a process of its own loads it: a few seconds.
 */
export async function tensorFlowStatus(options: StatusOptions = {}): Promise<TensorFlowStatus> {
  return (await checkTensorFlow(options)).status
}

/** The status with the package's folder, which is null unless it is ready. */
export async function checkTensorFlow({
  env = process.env,
  from = placeIn(env),
  limitMs = 60_000,
}: StatusOptions = {}): Promise<{ status: TensorFlowStatus; dir: string | null }> {
  const dir = findPackage(from)
  if (dir === null) {
    const whatToDo = words.absentToDo(packageName, packageVersion, backendVariables.folder)
    const why = words.absent(packageName, dirname(from))
    return { status: { state: 'absent', why, whatToDo, version: null, computesOn: null }, dir: null }
  }
  const found = inspectPackage(dir)
  if ('why' in found) return unusable(null, found)
  const trial = await tryPackage(dir, env, limitMs)
  const shortcoming = shortcomingOf(trial, dir, env[backendVariables.onProcessor] === '1')
  if (shortcoming !== null) return unusable(found.version, shortcoming)
  const onCard = typeof trial !== 'string' && trial.onCard
  const status: TensorFlowStatus = {
    state: 'ready',
    why: onCard ? words.usesCard : words.usesProcessor,
    whatToDo: null,
    version: found.version,
    computesOn: onCard ? 'card' : 'processor',
  }
  return { status, dir }
}

const unusable = (version: string | null, { why, whatToDo }: Shortcoming) => ({
  status: { state: 'unusable' as const, why, whatToDo, version, computesOn: null },
  dir: null,
})

function shortcomingOf(
  trial: TrialReport | string,
  dir: string,
  mayUseProcessor: boolean,
): Shortcoming | null {
  if (typeof trial === 'string') return { why: words.ended(trial), whatToDo: words.runAgain(dir) }
  const { problem, onCard, missing } = trial
  if (problem !== null)
    return { why: words.notLoaded(problem.split('\n')[0]!), whatToDo: adviceOn(problem, dir) }
  if (onCard || mayUseProcessor) return null
  const onProcessor = words.onProcessor(backendVariables.onProcessor)
  if (missing.length === 0) return { why: words.noCard, whatToDo: `${words.cardsKnown} ${onProcessor}` }
  return {
    why: words.missing(missing.map((file) => `${file} (${nativeLibraries[file]})`)),
    whatToDo: [...cudaAdvice(missing), onProcessor].join(' '),
  }
}

function placeIn(env: Readonly<Record<string, string | undefined>>): string {
  const folder = env[backendVariables.folder]
  // Node looks from a file on: any name in the folder does.
  return folder ? join(folder, 'package.json') : fileURLToPath(import.meta.url)
}

/** What the trial found, or how it ended without a word. */
function tryPackage(
  dir: string,
  env: Readonly<Record<string, string | undefined>>,
  limitMs: number,
): Promise<TrialReport | string> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [trialPath(), dir, ...Object.keys(nativeLibraries)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
      timeout: limitMs,
      killSignal: 'SIGKILL',
      windowsHide: true,
    })
    let [said, complained] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
    child.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (complained = (complained + text).slice(-4000)))
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => {
      const line = said.trimEnd().split('\n').at(-1) ?? ''
      if (code === 0 && line.startsWith('{')) return resolve(JSON.parse(line) as TrialReport)
      const last = complained.trimEnd().split('\n').at(-1) ?? ''
      const how = signal === 'SIGKILL' ? words.noAnswer(limitMs / 1000) : (signal ?? words.exitCode(code))
      resolve(last === '' ? how : `${how} (${last})`)
    })
  })
}

/** The TypeScript source as it is, or the bundle: beside this file's chunk or one folder above it. */
function trialPath(): string {
  const here = dirname(fileURLToPath(import.meta.url))
  if (import.meta.url.endsWith('.ts')) return join(here, 'trial.ts')
  const bundled = [join(here, 'tensorflow-trial.js'), join(here, '..', 'tensorflow-trial.js')]
  return bundled.find((path) => existsSync(path)) ?? bundled[0]!
}

function adviceOn(problem: string, dir: string): string {
  const library = /(\S+): cannot open shared object file/.exec(problem)?.[1]
  if (library === undefined) return words.runAgain(dir)
  if (!library.startsWith('libtensorflow')) return words.systemLibrary(library)
  return `${words.ownLibrary(library, join(dir, 'deps', 'lib'))} ${words.runAgain(dir)}`
}

function cudaAdvice(missing: readonly string[]): string[] {
  const toolkit = missing.filter((file) => !driverLibraries.includes(file))
  const variable = process.platform === 'win32' ? 'PATH' : 'LD_LIBRARY_PATH'
  return [
    ...(toolkit.length < missing.length ? [words.driver] : []),
    ...(toolkit.length > 0 ? [words.toolkit(variable)] : []),
  ]
}
