import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { DeviceLibrary } from '../../contract/devices.ts'
import { installCommand, type PackageSystem, packageSystemOf } from './package-names.ts'

/** What ONNX Runtime's CUDA provider loads beside the driver (its 1.30 is built for CUDA 12 and cuDNN 9). */
const cudaLibraries = [
  { linux: 'libcudart.so.12', windows: 'cudart64_12.dll', what: 'CUDA 12 runtime', part: 'cudart' },
  { linux: 'libcublas.so.12', windows: 'cublas64_12.dll', what: 'cuBLAS 12', part: 'cublas' },
  { linux: 'libcublasLt.so.12', windows: 'cublasLt64_12.dll', what: 'cuBLASLt 12', part: 'cublas' },
  { linux: 'libcufft.so.11', windows: 'cufft64_11.dll', what: 'cuFFT 11', part: 'cufft' },
  { linux: 'libcurand.so.10', windows: 'curand64_10.dll', what: 'cuRAND 10', part: 'curand' },
  { linux: 'libcudnn.so.9', windows: 'cudnn64_9.dll', what: 'cuDNN 9', part: 'cudnn' },
] as const
export type CudaPart = (typeof cudaLibraries)[number]['part']

export interface LibrarySearch {
  platform: NodeJS.Platform
  env: Readonly<Record<string, string | undefined>>
  /** The loader's own list (`ldconfig -p`); empty where there is none. */
  loaderCache: string
  /** The text of /etc/os-release. */
  osRelease: string
}

/** Each library with where it was found, or how it is installed on this system. Nothing is loaded. */
export function findCudaLibraries(search: LibrarySearch): DeviceLibrary[] {
  const folders = libraryFolders(search)
  const cached = parseLoaderCache(search.loaderCache)
  const packages: PackageSystem | null = packageSystemOf(search)
  return cudaLibraries.map(({ linux, windows, what, part }) => {
    const file = search.platform === 'win32' ? windows : linux
    const folder = folders.find((dir) => existsSync(join(dir, file)))
    const path = folder === undefined ? (cached.get(file) ?? null) : join(folder, file)
    return { file, what, path, install: path === null ? installCommand(packages, part) : null }
  })
}

/** In the loader's order: the environment's folders, then those that installers use. */
function libraryFolders({ platform, env }: LibrarySearch): string[] {
  const fromEnv = (name: string): string[] => (env[name] ?? '').split(delimiter).filter(Boolean)
  if (platform === 'win32') {
    const toolkit = env['CUDA_PATH']
    return [...fromEnv('PATH'), ...(toolkit ? [join(toolkit, 'bin')] : [])]
  }
  return [
    ...fromEnv('LD_LIBRARY_PATH'),
    ...cudaFolders('/usr/local'),
    '/usr/lib/x86_64-linux-gnu',
    '/usr/lib64',
    '/usr/lib',
    '/opt/cuda/lib64',
    '/usr/lib/wsl/lib',
  ]
}

function cudaFolders(root: string): string[] {
  try {
    const toolkits = readdirSync(root).filter((name) => /^cuda(-12.*)?$/.test(name))
    return toolkits.map((name) => join(root, name, 'lib64'))
  } catch {
    return []
  }
}

/** "\tlibcudart.so.12 (libc6,x86-64) => /usr/lib/…/libcudart.so.12" → file → path, of 64-bit libraries. */
export function parseLoaderCache(text: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, file, kind, path] = /^\s+(\S+) \(([^)]*)\) => (\S+)$/.exec(line) ?? []
    if (file && path && kind?.includes('x86-64') && !found.has(file)) found.set(file, path)
  }
  return found
}

/** What this system knows of its libraries. */
export async function systemLibraries(): Promise<LibrarySearch> {
  const { platform, env } = process
  if (platform !== 'linux') return { platform, env, loaderCache: '', osRelease: '' }
  const loaderCache = await new Promise<string>((resolve) => {
    // In /sbin, which is not on every person's PATH.
    const found = ['/sbin/ldconfig', '/usr/sbin/ldconfig'].find(existsSync) ?? 'ldconfig'
    const options = { timeout: 5000, maxBuffer: 16 * 1024 * 1024 }
    execFile(found, ['-p'], options, (error, stdout) => resolve(error ? '' : stdout))
  })
  return { platform, env, loaderCache, osRelease: readIfThere('/etc/os-release') }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
