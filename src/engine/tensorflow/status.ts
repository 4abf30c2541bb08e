import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { backendVariables, type TensorFlowStatus } from '../../contract/backend.ts'
import { findPackage, inspectPackage, packageName, packageVersion } from './find-package.ts'
import { nativeLibraries } from './native-libraries.ts'
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
  const unusable = (version: string | null, why: string, whatToDo: string) => ({
    status: { state: 'unusable' as const, why, whatToDo, version, computesOn: null },
    dir: null,
  })
  const dir = findPackage(from)
  if (dir === null) {
    const whatToDo =
      `It is optional: ONNX Runtime computes without it. To have it, npm install ${packageName}@${packageVersion} in a folder ` +
      `of your own and name that folder in ${backendVariables.folder}.`
    const why = `${packageName} is not installed (looked for from ${dirname(from)} on).`
    return { status: { state: 'absent', why, whatToDo, version: null, computesOn: null }, dir: null }
  }
  const found = inspectPackage(dir)
  if ('why' in found) return unusable(null, found.why, found.whatToDo)
  const { version } = found
  const trial = await tryPackage(dir, env, limitMs)
  if (typeof trial === 'string')
    return unusable(version, `It ended the process that loaded it: ${trial}.`, reinstall(dir))
  const { problem, onCard, missing } = trial
  if (problem !== null)
    return unusable(version, `It cannot be loaded: ${firstLine(problem)}`, adviceOn(problem, dir))
  if (!onCard && env[backendVariables.onProcessor] !== '1') {
    const files = missing.map((file) => `${file} (${nativeLibraries[file]})`)
    return missing.length > 0
      ? unusable(
          version,
          `It finds no card to compute on. Missing: ${files.join(', ')}.`,
          cudaAdvice(missing),
        )
      : unusable(
          version,
          'All of its libraries are there, and it finds no card to compute on.',
          `Its CUDA 11.2 knows cards up to compute capability 8.6. ${onProcessorAdvice}`,
        )
  }
  return {
    status: {
      state: 'ready',
      why: onCard ? 'Computes on the graphics card.' : 'Computes on the processor, as asked for.',
      whatToDo: null,
      version,
      computesOn: onCard ? 'card' : 'processor',
    },
    dir,
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
      const how =
        signal === 'SIGKILL' ? `no answer within ${limitMs / 1000} s` : (signal ?? `exit code ${code}`)
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

const firstLine = (text: string): string => text.split('\n')[0]!

const onProcessorAdvice = `${backendVariables.onProcessor}=1 lets it compute on the processor.`

const reinstall = (dir: string): string => `Install it again: in ${dir}, run npm run install.`

function adviceOn(problem: string, dir: string): string {
  const library = /(\S+): cannot open shared object file/.exec(problem)?.[1]
  if (library?.startsWith('libtensorflow'))
    return `${library} belongs to the package (${join(dir, 'deps', 'lib')}). ${reinstall(dir)}`
  if (library !== undefined) return `Install the package of your system that has ${library}.`
  return reinstall(dir)
}

function cudaAdvice(missing: readonly string[]): string {
  const [driver, ...rest] = ['libcuda.so.1', 'nvcuda.dll'].some((file) => missing.includes(file))
    ? ['Install the driver of the NVIDIA card.', ...missing.slice(1)]
    : [null, ...missing]
  const toolkit =
    rest.length === 0
      ? null
      : `Install CUDA 11.2 and cuDNN 8.1 (CUDA 12 and cuDNN 9 do not serve it) and name their folders in ${process.platform === 'win32' ? 'PATH' : 'LD_LIBRARY_PATH'}.`
  return [driver, toolkit, onProcessorAdvice].filter((part) => part !== null).join(' ')
}
