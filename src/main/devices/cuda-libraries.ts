import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { DeviceLibrary } from '../../contract/devices.ts'
import { providerFiles } from '../cuda-environment.ts'
import { neededLibraries } from './needed-libraries.ts'
import { installCommand, type PackageSystem, packageSystemOf } from './package-names.ts'

/** Parts of CUDA by the name of their file, as packages divide them. */
const cudaParts = {
  libcudart: { what: 'CUDA runtime', part: 'cudart' },
  libcublas: { what: 'cuBLAS', part: 'cublas' },
  libcublasLt: { what: 'cuBLASLt', part: 'cublas' },
  libcufft: { what: 'cuFFT', part: 'cufft' },
  libcurand: { what: 'cuRAND', part: 'curand' },
  libnvrtc: { what: 'NVRTC', part: 'nvrtc' },
  libcudnn: { what: 'cuDNN', part: 'cudnn' },
} as const
export type CudaPart = (typeof cudaParts)[keyof typeof cudaParts]['part']

/** What the provider of onnxruntime-node 1.30 needs, as far as known before it is fetched: that of onnxruntime-gpu 1.30.0 on PyPI. */
const expectedFiles = ['libcublasLt.so.13', 'libcublas.so.13', 'libcurand.so.10', 'libcudart.so.13'] as const
/** Opened by name at the first convolution or sum, so no entry of the file tells of it. */
const openedLater = ['libcudnn.so.9'] as const

/** The oldest driver of a CUDA version. NVIDIA, CUDA compatibility, "minor version compatibility". */
const leastDrivers: Record<number, number> = { 11: 450, 12: 525, 13: 580 }

export interface LibrarySearch {
  env: Readonly<Record<string, string | undefined>>
  /** The loader's own list (`ldconfig -p`); empty where there is none. */
  loaderCache: string
  /** The text of /etc/os-release. */
  osRelease: string
  /** The folder of ONNX Runtime's CUDA provider, which says itself what it needs; null = not set up yet. */
  providerDir: string | null
}

/** Of Linux, which alone has the provider. */
export interface CudaLibraries {
  /** Each with where it was found, or how it is installed on this system. Nothing is loaded. */
  libraries: DeviceLibrary[]
  /** Major version of CUDA; null where no file tells. */
  cuda: number | null
  /** The oldest driver's major version; null = not known. */
  leastDriver: number | null
}

export function findCudaLibraries(search: LibrarySearch): CudaLibraries {
  const { providerDir } = search
  const provider = providerDir && neededLibraries(join(providerDir, providerFiles[1]))
  const files = [...new Set([...(provider ?? expectedFiles), ...openedLater])]
  const folders = libraryFolders(search)
  const cached = parseLoaderCache(search.loaderCache)
  const packages: PackageSystem | null = packageSystemOf(search.osRelease)
  const named = files.flatMap((file) => {
    const [, stem, version] = /^(\w+)\.so\.(\d+)$/.exec(file) ?? []
    const known = Object.entries(cudaParts).find(([name]) => name === stem)?.[1]
    return known ? [{ file, version: Number(version), ...known }] : []
  })
  const cuda = named.find(({ part }) => part === 'cudart')?.version ?? null
  const libraries = named.map(({ file, version, what, part }) => {
    const folder = folders.find((dir) => existsSync(join(dir, file)))
    const path = folder === undefined ? (cached.get(file) ?? null) : join(folder, file)
    const install = path === null ? installCommand(packages, part, cuda) : null
    return { file, what: `${what} ${version}`, path, install }
  })
  return { libraries, cuda, leastDriver: cuda === null ? null : (leastDrivers[cuda] ?? null) }
}

/** In the loader's order: the environment's folders, then those that installers use. */
function libraryFolders({ env, providerDir }: LibrarySearch): string[] {
  return [
    ...(providerDir === null ? [] : [providerDir]),
    ...(env['LD_LIBRARY_PATH'] ?? '').split(delimiter).filter(Boolean),
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
    const toolkits = readdirSync(root).filter((name) => /^cuda(-\d+(\.\d+)?)?$/.test(name))
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
export async function systemLibraries(): Promise<Omit<LibrarySearch, 'providerDir'>> {
  const loaderCache = await new Promise<string>((resolve) => {
    // In /sbin, which is not on every person's PATH.
    const found = ['/sbin/ldconfig', '/usr/sbin/ldconfig'].find(existsSync) ?? 'ldconfig'
    const options = { timeout: 5000, maxBuffer: 16 * 1024 * 1024 }
    execFile(found, ['-p'], options, (error, stdout) => resolve(error ? '' : stdout))
  })
  return { env: process.env, loaderCache, osRelease: readIfThere('/etc/os-release') }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
