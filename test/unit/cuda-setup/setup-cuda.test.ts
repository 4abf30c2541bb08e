import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { CudaSetupEvent } from '../../../src/contract/cuda-setup.ts'
import { findCudaProvider, providerFolder } from '../../../src/main/cuda-setup/provider-folder.ts'
import { runtimeVersion } from '../../../src/main/cuda-setup/provider-package.ts'
import {
  type CudaSetupOptions,
  describeCudaSetup,
  setUpCuda,
} from '../../../src/main/cuda-setup/setup-cuda.ts'
import { deviceEnvironment } from '../../../src/main/engine-backend.ts'
import { programFiles } from '../../../src/main/program-files.ts'
import { type Lies, makePackage, providerBytes, type ServedNuget, startNuget } from './nuget-server.ts'

const version = runtimeVersion(programFiles.engineEntry)
const content = makePackage()

async function serveNuget(packed: Buffer, of: string, lies?: Lies): Promise<ServedNuget> {
  const nuget = await startNuget(packed, of, lies)
  onTestFinished(() => nuget.close())
  return nuget
}
function dataFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'cuda-setup-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  return dir
}
const quick = (dataDir: string, indexUrl: string): CudaSetupOptions => ({
  dataDir,
  indexUrl,
  signal: new AbortController().signal,
  platform: 'linux',
  arch: 'x64',
  retryMs: 1,
})
async function all(options: CudaSetupOptions): Promise<CudaSetupEvent[]> {
  const events: CudaSetupEvent[] = []
  for await (const event of setUpCuda(options)) events.push(CudaSetupEvent.parse(event))
  return events
}
function expectProvider(dataDir: string): void {
  const dir = providerFolder(dataDir)
  expect(readdirSync(dir).toSorted()).toEqual(['LICENSE', ...Object.keys(providerBytes)])
  for (const [name, bytes] of Object.entries(providerBytes))
    expect(readFileSync(join(dir, name)).equals(bytes)).toBe(true)
  expect(readdirSync(join(dataDir, 'cuda'))).toEqual([version])
}

it('says what it would fetch, its size and licence, and fetches nothing by that', async () => {
  const nuget = await serveNuget(content, version)
  const dataDir = dataFolder()
  expect(await describeCudaSetup(quick(dataDir, nuget.indexUrl))).toEqual({
    state: 'absent',
    packageName: 'Microsoft.ML.OnnxRuntime.Gpu.Linux',
    version,
    host: expect.stringMatching(/^127\.0\.0\.1:/),
    bytes: content.length,
    fetchedBytes: 0,
    licence: 'MIT',
    dir: join(dataDir, 'cuda', version),
  })
  expect(nuget.starts).toEqual([])
  expect(readdirSync(dataDir)).toEqual([])
})

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('on Linux x64', () => {
  it('puts both libraries and the licence where engines find them, and nothing else', async () => {
    const nuget = await serveNuget(content, version)
    const dataDir = dataFolder()
    mkdirSync(join(dataDir, 'cuda', '1.20.1'), { recursive: true }) // of an older program
    const events = await all(quick(dataDir, nuget.indexUrl))
    expect(events.at(-1)).toEqual({ kind: 'done', dir: providerFolder(dataDir) })
    const amounts = events.flatMap((event) => (event.kind === 'progress' ? [event] : []))
    expect(amounts[0]).toMatchObject({ unit: 'MB', total: content.length / 1e6 })
    expect(amounts.at(-1)!.done).toBe(amounts.at(-1)!.total)
    expectProvider(dataDir)
    expect(findCudaProvider(dataDir, {})).toBe(providerFolder(dataDir))
    expect(deviceEnvironment('cuda:0', dataDir)).toMatchObject({ SPIN_STUDIO_CUDA: providerFolder(dataDir) })
    expect(deviceEnvironment('cpu', dataDir)).not.toHaveProperty('SPIN_STUDIO_CUDA')
    nuget.starts.length = 0
    expect(await all(quick(dataDir, nuget.indexUrl))).toEqual([
      { kind: 'done', dir: providerFolder(dataDir) },
    ])
    expect(nuget.starts).toEqual([])
  })

  it('goes on where a connection broke or a person cancelled', async () => {
    const nuget = await serveNuget(content, version)
    const dataDir = dataFolder()
    nuget.stallAfter(1_000_000)
    for await (const event of setUpCuda(quick(dataDir, nuget.indexUrl)))
      if (event.kind === 'progress' && event.done >= 1) break
    const part = readdirSync(join(dataDir, 'cuda'))
    expect(part).toEqual([expect.stringMatching(/\.nupkg\.part$/)])
    expect(await describeCudaSetup(quick(dataDir, nuget.indexUrl))).toMatchObject({
      state: 'absent',
      fetchedBytes: statSync(join(dataDir, 'cuda', part[0]!)).size,
    })
    nuget.cutAfter(500_000)
    await all(quick(dataDir, nuget.indexUrl))
    expect(nuget.starts).toHaveLength(3)
    expect(nuget.starts[1]).toBeGreaterThanOrEqual(1_000_000)
    expect(nuget.starts[2]).toBeGreaterThan(nuget.starts[1]!)
    expectProvider(dataDir)
  })

  it('killed with -9 in the middle of the fetch, the same command goes on and ends with the same files', async () => {
    const nuget = await serveNuget(content, version)
    const dataDir = dataFolder()
    const setUp = () =>
      spawn(process.execPath, ['src/main/terminal/index.ts', 'setup-cuda', '--yes'], {
        cwd: programFiles.rootDir,
        env: { ...process.env, SPIN_STUDIO_DATA: dataDir, SPIN_STUDIO_NUGET: nuget.indexUrl },
        stdio: 'ignore',
      })
    nuget.stallAfter(2_000_000)
    const killed = setUp()
    onTestFinished(() => void killed.kill('SIGKILL'))
    const part = join(dataDir, 'cuda', `microsoft.ml.onnxruntime.gpu.linux.${version}.nupkg.part`)
    await vi.waitFor(() => expect(statSync(part).size).toBeGreaterThanOrEqual(1_000_000), {
      timeout: 60_000,
      interval: 20,
    })
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    expect(findCudaProvider(dataDir, {})).toBeNull()
    const [code] = (await once(setUp(), 'exit')) as [number]
    expect(code).toBe(0)
    expect(nuget.starts[1]).toBeGreaterThanOrEqual(1_000_000)
    expectProvider(dataDir)
  }, 120_000)

  it('a package of other bytes than NuGet lists is thrown away before anything is unpacked', async () => {
    const other = Buffer.from(content.map((byte, i) => (i === 5000 ? byte ^ 1 : byte)))
    const { createHash } = await import('node:crypto')
    const hash = createHash('sha512').update(content).digest('base64')
    const nuget = await serveNuget(other, version, { hash })
    const dataDir = dataFolder()
    await expect(all(quick(dataDir, nuget.indexUrl))).rejects.toThrow(/expected sha512 .*It was thrown away/)
    expect(readdirSync(join(dataDir, 'cuda'))).toEqual([])
  })

  it('a package without the libraries leaves nothing that looks like them', async () => {
    const partial = makePackage({ 'libonnxruntime_providers_shared.so': Buffer.from('elf') })
    const nuget = await serveNuget(partial, version)
    const dataDir = dataFolder()
    await expect(all(quick(dataDir, nuget.indexUrl))).rejects.toThrow(/it holds no .*providers_cuda\.so/)
    expect(existsSync(providerFolder(dataDir))).toBe(false)
    expect(existsSync(`${providerFolder(dataDir)}.tmp`)).toBe(false)
  })

  it('asks for room before it fetches and before it unpacks', async () => {
    const nuget = await serveNuget(content, version)
    const dataDir = dataFolder()
    const options = quick(dataDir, nuget.indexUrl)
    await expect(all({ ...options, freeBytes: () => 1000 })).rejects.toMatchObject({ code: 'DISK_FULL' })
    expect(nuget.starts).toEqual([])
    let asked = 0
    const freeBytes = (): number => (asked++ === 0 ? 1e9 : 1000)
    await expect(all({ ...options, freeBytes })).rejects.toThrow(/what was fetched is kept/)
    await all(options)
    expect(nuget.starts).toEqual([0])
    expectProvider(dataDir)
  })
})

it.each([
  ['another package', { id: 'Evil.Package' }, /it is of Evil\.Package/],
  ['a hash of another kind', { hash: 'AAAA' }, /its hash is no SHA-512/],
  ['an address without https', { packageUrl: 'http://example.com/p.nupkg' }, /not one of https/],
])('does not take %s from the server', async (_name, lies, message) => {
  const nuget = await serveNuget(content, version, lies)
  const dataDir = dataFolder()
  await expect(describeCudaSetup(quick(dataDir, nuget.indexUrl))).rejects.toThrow(message)
})

it('says why where there is no such provider, and what to do without a network', async () => {
  const dataDir = dataFolder()
  const nowhere = quick(dataDir, 'http://127.0.0.1:9/v3/index.json')
  expect(await describeCudaSetup({ ...nowhere, platform: 'darwin', arch: 'arm64' })).toEqual({
    state: 'unsupported',
    why: expect.stringContaining('on Linux x64 alone, and this is darwin arm64'),
  })
  await expect(all({ ...nowhere, platform: 'win32' })).rejects.toMatchObject({ code: 'BACKEND_UNUSABLE' })
  await expect(describeCudaSetup(nowhere)).rejects.toThrow(/cannot be reached.*name it in SPIN_STUDIO_CUDA/s)
})
