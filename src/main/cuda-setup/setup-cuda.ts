import { existsSync, mkdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { CudaSetup, CudaSetupEvent } from '../../contract/cuda-setup.ts'
import type { Progress } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { cudaSetupWords as words } from '../../strings/cuda-setup.ts'
import { providerFiles } from '../cuda-environment.ts'
import { isWhole } from '../downloads/download-file.ts'
import { pacedDownload } from '../downloads/paced-download.ts'
import { openZip } from '../downloads/read-zip.ts'
import { syncFolder } from '../downloads/sync-folder.ts'
import { programFiles } from '../program-files.ts'
import { findCudaProvider, providerFolder, removeOldProviders, setupFolder } from './provider-folder.ts'
import { findProviderPackage, packageName, runtimeVersion } from './provider-package.ts'

export interface CudaSetupOptions {
  dataDir: string
  /** NuGet's service index. */
  indexUrl: string
  signal: AbortSignal
  platform?: NodeJS.Platform
  arch?: string
  /** Free bytes of a folder's disk. */
  freeBytes?: (dir: string) => number
  retryMs?: number
}

const megabyte = 1e6
/** Where the package keeps what is taken out of it. */
const nativePath = 'runtimes/linux-x64/native'
/** What its licence asks to be kept beside them. */
const notices = ['LICENSE', 'ThirdPartyNotices.txt']

/** What setting CUDA up would do here; asks NuGet where there is something to do. Throws FILE_NOT_FOUND, FILE_UNREADABLE. */
export async function describeCudaSetup({
  dataDir,
  indexUrl,
  signal,
  platform = process.platform,
  arch = process.arch,
}: CudaSetupOptions): Promise<CudaSetup> {
  if (platform !== 'linux' || arch !== 'x64')
    return { state: 'unsupported', why: words.unsupported(`${platform} ${arch}`) }
  const dir = findCudaProvider(dataDir)
  if (dir !== null) return { state: 'ready', dir }
  const version = runtimeVersion(programFiles.engineEntry)
  const { file, licence } = await findProviderPackage(indexUrl, version, signal)
  const path = packagePath(dataDir, version)
  const there = [path, `${path}.part`].find(existsSync)
  return {
    state: 'absent',
    packageName,
    version,
    host: new URL(file.url).host,
    bytes: file.bytes,
    fetchedBytes: there === undefined ? 0 : Math.min(file.bytes, statSync(there).size),
    licence,
    dir: providerFolder(dataDir),
  }
}

/**
 * Fetches the CUDA provider of the very version of onnxruntime-node and puts it below the data folder, where engines find it.
 * Interrupted at any moment it goes on from there; the folder appears whole or not at all. Never done unasked.
 * Throws BACKEND_UNUSABLE (this system has none), FILE_NOT_FOUND, FILE_UNREADABLE, DISK_FULL.
 */
export async function* setUpCuda(options: CudaSetupOptions): AsyncGenerator<CudaSetupEvent> {
  const { dataDir, indexUrl, signal, freeBytes = freeOnDisk, retryMs } = options
  const setup = await describeCudaSetup(options)
  if (setup.state === 'unsupported') throw new AppError('BACKEND_UNUSABLE', setup.why)
  if (setup.state === 'ready') return yield { kind: 'done', dir: setup.dir }
  const { version, dir } = setup
  const { file } = await findProviderPackage(indexUrl, version, signal)
  mkdirSync(setupFolder(dataDir), { recursive: true })
  const path = packagePath(dataDir, version)
  expectRoom(dataDir, file.bytes - setup.fetchedBytes, freeBytes)
  if (!(await isWhole(file, path, signal))) {
    const paces = pacedDownload(file, path, { signal, ...(retryMs === undefined ? {} : { retryMs }) })
    for await (const { bytes, rate } of paces)
      yield progress(words.fetching(version), bytes, file.bytes, rate)
  }
  yield* unpack(path, dir, { dataDir, freeBytes, signal })
  removeOldProviders(dataDir)
  rmSync(path, { force: true })
  yield { kind: 'done', dir }
}

interface UnpackOptions {
  dataDir: string
  freeBytes: (dir: string) => number
  signal: AbortSignal
}

async function* unpack(
  path: string,
  dir: string,
  { dataDir, freeBytes, signal }: UnpackOptions,
): AsyncGenerator<CudaSetupEvent> {
  const temporary = `${dir}.tmp`
  rmSync(temporary, { recursive: true, force: true })
  const zip = await openZip(path)
  try {
    const wanted = [
      ...providerFiles.map((name) => ({ name, from: `${nativePath}/${name}` })),
      ...notices.filter((name) => zip.entries.has(name)).map((name) => ({ name, from: name })),
    ]
    const sizes = wanted.map(({ from }) => zip.entries.get(from)?.bytes ?? 0)
    const total = sizes.reduce((sum, bytes) => sum + bytes, 0)
    expectRoom(dataDir, total, freeBytes)
    mkdirSync(temporary)
    let done = 0
    for (const [i, { name, from }] of wanted.entries()) {
      yield progress(words.unpacking, done, total, null)
      await zip.unpack(from, join(temporary, name), signal)
      done += sizes[i]!
    }
    yield progress(words.unpacking, done, total, null)
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true })
    throw error
  } finally {
    await zip.close()
  }
  await syncFolder(temporary)
  await rename(temporary, dir)
  await syncFolder(setupFolder(dataDir))
}

const packagePath = (dataDir: string, version: string): string =>
  join(setupFolder(dataDir), `${packageName}.${version}.nupkg`.toLowerCase())

function freeOnDisk(dir: string): number {
  const { bavail, bsize } = statfsSync(dir)
  return bavail * bsize
}

function expectRoom(dataDir: string, neededBytes: number, freeBytes: (dir: string) => number): void {
  const free = freeBytes(dataDir)
  if (neededBytes <= free) return
  const amount = (bytes: number): string => `${Math.ceil(bytes / megabyte)} MB`
  throw new AppError(
    'DISK_FULL',
    `Setting CUDA up writes about ${amount(neededBytes)} and the disk of ${dataDir} has ${amount(free)} free. Free at least ${amount(neededBytes - free)}, then try again: what was fetched is kept.`,
    { path: dataDir, neededBytes, freeBytes: free },
  )
}

const progress = (stage: string, done: number, total: number, rate: number | null): Progress => ({
  kind: 'progress',
  stage,
  done: done / megabyte,
  total: total / megabyte,
  unit: words.megabytes,
  rate: rate === null ? null : rate / megabyte,
  tokensPerSecond: null,
})
