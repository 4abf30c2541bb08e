import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { backendVariables } from '../../contract/backend.ts'
import { AppError } from '../../contract/errors.ts'
import { cudaWords as words } from '../../strings/cuda.ts'
import { deviceErrorOr } from './device-error.ts'

const providerFiles = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'] as const
/** Opened by name at run time, not listed among what the provider needs. */
const cudnnFile = 'libcudnn.so.9'
const runtimeFile = 'libonnxruntime.so.1'

/** What of the machine decides whether CUDA can be computed with. */
export interface CudaSearch {
  platform: string
  arch: string
  /** Where the provider's libraries must lie: where this process loaded ONNX Runtime from. */
  folder: string
  exists(path: string): boolean
  /** Names of the libraries that the loader does not find for a library. */
  missingLibraries(path: string): string[]
}

interface Shortcoming {
  why: string
  whatToDo: string
}

/**
 * ONNX Runtime's error as one that says what is missing: it says "Failed to load shared library" of all of it. Out of memory
 * stays what it is.
 */
export function cudaUnusable(error: unknown, search: CudaSearch = thisMachine()): AppError {
  const known = deviceErrorOr(error)
  if (known instanceof AppError) return known
  const { why, whatToDo } = shortcoming(search) ?? refusal(error)
  return new AppError('BACKEND_UNUSABLE', words.unusable(why, whatToDo), {}, { cause: error })
}

let isThere = false

/**
 * Throws BACKEND_UNUSABLE where a library is missing: without cuDNN, which the provider opens at its first sum, programs compile
 * and do not run. Looked for once in a process that has all.
 */
export function requireCuda(search: CudaSearch = thisMachine()): void {
  if (isThere) return
  const found = shortcoming(search)
  if (found) throw new AppError('BACKEND_UNUSABLE', words.unusable(found.why, found.whatToDo))
  isThere = true
}

function shortcoming({ platform, arch, folder, exists, missingLibraries }: CudaSearch): Shortcoming | null {
  if (platform !== 'linux' || arch !== 'x64')
    return { why: words.otherSystem(`${platform} ${arch}`), whatToDo: words.chooseWebGpu }
  const absent = providerFiles.filter((file) => !exists(join(folder, file)))
  if (absent.length > 0) {
    const why = words.noProvider(absent.join(', '), folder)
    return { why, whatToDo: words.setUp(backendVariables.cuda) }
  }
  const missing = [...new Set(providerFiles.flatMap((file) => missingLibraries(join(folder, file))))]
  if (missing.length === 0) return null
  const lacksDriver = missing.includes('libcuda.so.1')
  const lacksCudnn = missing.includes(cudnnFile)
  const lacksToolkit = missing.length > Number(lacksDriver) + Number(lacksCudnn)
  const whatToDo = [
    ...(lacksDriver ? [words.driver] : []),
    ...(lacksToolkit ? [words.toolkit] : []),
    ...(lacksCudnn ? [words.cudnn] : []),
  ]
  return { why: words.missing(missing), whatToDo: whatToDo.join(' ') }
}

/** "… CUDA failure 100: no CUDA-capable device is detected ; GPU=-1 ; hostname=…" → what CUDA said. */
function refusal(error: unknown): Shortcoming {
  const message = error instanceof Error ? error.message : String(error)
  const said = /(?:CUDA|CUBLAS|CUDNN) failure [^;]*/i.exec(message)?.[0].trim() ?? message.split('\n')[0]!
  return { why: words.refused(said.slice(0, 300)), whatToDo: words.checkCard }
}

function thisMachine(): CudaSearch {
  const { platform, arch } = process
  return { platform, arch, folder: loadedFrom(), exists: existsSync, missingLibraries }
}

/** As the loader looks: LD_LIBRARY_PATH, then beside the binding (see main/cuda-environment.ts). */
function loadedFrom(): string {
  const first = (process.env['LD_LIBRARY_PATH'] ?? '')
    .split(delimiter)
    .find((folder) => folder !== '' && existsSync(join(folder, runtimeFile)))
  if (first !== undefined) return first
  const main = createRequire(import.meta.url).resolve('onnxruntime-node')
  return join(dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch)
}

/**
 * The loader itself is asked, without loading: "\tlibcublas.so.12 => not found". What it preloads, it lists as well, or says
 * on stderr that it cannot.
 */
function missingLibraries(path: string): string[] {
  const opensCudnn = path.endsWith(providerFiles[1])
  try {
    const listed = execFileSync('/lib64/ld-linux-x86-64.so.2', [path], {
      env: { ...process.env, LD_TRACE_LOADED_OBJECTS: '1', ...(opensCudnn && { LD_PRELOAD: cudnnFile }) },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return [...parseMissing(listed), ...(opensCudnn && !listed.includes(cudnnFile) ? [cudnnFile] : [])]
  } catch {
    return [] // no glibc: ONNX Runtime's own words must do
  }
}

export const parseMissing = (listed: string): string[] =>
  [...listed.matchAll(/^\s*(\S+) => not found$/gm)].map(([, file]) => file!)
