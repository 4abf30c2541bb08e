import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { TensorFlowStatus } from '../../../src/contract/backend.ts'
import { DeviceList } from '../../../src/contract/devices.ts'
import { AppError } from '../../../src/contract/errors.ts'
import { findCudaLibraries, parseLoaderCache } from '../../../src/main/devices/cuda-libraries.ts'
import { deviceParts } from '../../../src/main/devices/device-parts.ts'
import { findGraphicsVendors } from '../../../src/main/devices/graphics-cards.ts'
import { type DeviceParts, listDevices } from '../../../src/main/devices/list-devices.ts'
import { findVulkanDrivers } from '../../../src/main/devices/vulkan-drivers.ts'
import { parseCards } from '../../../src/main/machine/nvidia-smi.ts'
import { runTerminal } from '../../../src/main/terminal/index.ts'
import { elfFile } from './elf-file.ts'

const ubuntu = 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n'
const cards = parseCards(
  'NVIDIA GeForce RTX 4090, 24564 MiB, 570.86, 8.9\nNVIDIA GeForce RTX 3060, 12288 MiB, 570.86, 8.6',
)

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'devices-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  return dir
}

const absent: TensorFlowStatus = {
  state: 'absent',
  why: 'It is not installed.',
  whatToDo: 'Install it.',
  version: null,
  computesOn: null,
}

/** A machine of which files say all; nothing is measured. */
function machine(change: Partial<DeviceParts> = {}): DeviceParts {
  return {
    platform: 'linux',
    arch: 'x64',
    visibleCards: undefined,
    askCards: async () => ({ kind: 'absent' }),
    cudaLibraries: async () => ({ libraries: [], cuda: 13, leastDriver: 580 }),
    cudaProvider: () => null,
    vulkanDrivers: () => [],
    graphicsVendors: () => [],
    tensorFlow: async () => absent,
    asked: () => null,
    inUseId: null,
    probe: null,
    ...change,
  }
}

async function last(parts: DeviceParts): Promise<DeviceList> {
  const lists: DeviceList[] = []
  for await (const list of listDevices(parts, new AbortController().signal))
    lists.push(DeviceList.parse(list))
  expect(lists.slice(0, -1).every(({ measuring }) => measuring)).toBe(true)
  expect(lists.at(-1)!.measuring).toBe(false)
  return lists.at(-1)!
}

it('a machine without cards computes on its processor and says that nothing else is there', async () => {
  const list = await last(machine())
  expect(list.devices.map(({ id, state }) => [id, state])).toEqual([['cpu', 'ready']])
  expect(list.choice).toMatchObject({
    id: 'cpu',
    by: 'default',
    why: 'Nothing else was found to compute on.',
    notice: null,
  })
})

/** A set-up provider that names what it needs. */
function providerOf(...needed: string[]): string {
  const dir = folder()
  writeFileSync(join(dir, 'libonnxruntime_providers_cuda.so'), elfFile(needed))
  return dir
}
const cuda12 = ['libcublas.so.12', 'libcudart.so.12', 'libcuda.so.1', 'libstdc++.so.6']

it('names each missing library that the provider asks for, with what to install here, and finds those that are there', async () => {
  const toolkit = folder()
  writeFileSync(join(toolkit, 'libcudart.so.12'), '')
  const loaderCache =
    '2 libs found in cache\n\tlibcublas.so.12 (libc6,x86-64) => /opt/x/libcublas.so.12\n\tlibcudnn.so.9 (libc6) => /lib32/libcudnn.so.9\n'
  const found = findCudaLibraries({
    env: { LD_LIBRARY_PATH: toolkit },
    loaderCache,
    osRelease: ubuntu,
    providerDir: providerOf(...cuda12),
  })
  expect(found).toMatchObject({ cuda: 12, leastDriver: 525 })
  expect(Object.fromEntries(found.libraries.map(({ file, path }) => [file, path]))).toEqual({
    'libcudart.so.12': join(toolkit, 'libcudart.so.12'),
    'libcublas.so.12': '/opt/x/libcublas.so.12',
    'libcudnn.so.9': null, // the 32-bit one does not count
  })
  const list = await last(
    machine({
      askCards: async () => ({ kind: 'cards', cards }),
      cudaProvider: () => '/provider',
      cudaLibraries: async () => found,
    }),
  )
  expect(list.devices.map(({ id }) => id)).toEqual(['cpu', 'cuda:0', 'cuda:1'])
  expect(list.devices[1]).toMatchObject({
    name: 'NVIDIA GeForce RTX 4090',
    state: 'incomplete',
    memoryBytes: 24564 * 1024 * 1024,
    driver: '570.86',
    computeCapability: '8.9',
    detail: 'Not found: cuDNN 9 (libcudnn.so.9).',
  })
  expect(list.devices[1]!.fix).toContain('apt install libcudnn9-cuda-12')
  expect(list.devices[1]!.fix).not.toContain('cuda-cudart')
})

it('a provider of CUDA 13 asks for its packages and a driver that knows it', async () => {
  const found = findCudaLibraries({
    env: {},
    loaderCache: '',
    osRelease: ubuntu,
    providerDir: providerOf('libcublas.so.13', 'libcurand.so.10', 'libcudart.so.13'),
  })
  const list = await last(
    machine({
      askCards: async () => ({ kind: 'cards', cards }),
      cudaProvider: () => '/provider',
      cudaLibraries: async () => found,
    }),
  )
  const { detail, fix } = list.devices[1]!
  expect(detail).toContain('The driver 570.86 is older than CUDA 13 needs (580).')
  expect(fix).toContain('driver 580')
  expect(fix).toContain(
    "apt install libcublas-13-0 libcurand-13-0 cuda-cudart-13-0 libcudnn9-cuda-13 (from NVIDIA's CUDA repository).",
  )
})

it('without a provider it asks for that first: it says which libraries it needs', async () => {
  const found = findCudaLibraries({ env: {}, loaderCache: '', osRelease: ubuntu, providerDir: null })
  const parts = machine({
    askCards: async () => ({ kind: 'cards', cards }),
    cudaLibraries: async () => found,
  })
  const list = await last(parts)
  expect(list.canSetUpCuda).toBe(true)
  expect(list.devices[1]!.detail).toContain('provider was not set up')
  expect(list.devices[1]!.detail).toContain('libcudnn.so.9')
  expect(list.devices[1]!.fix).toContain('setup-cuda')
  expect(list.devices[1]!.fix).not.toContain('apt install')
})

it.each([
  ['ID=fedora\n', 'dnf install libcudnn9-cuda-12'],
  ['ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n', 'zypper install libcudnn9-cuda-12'],
  ['ID=endeavouros\nID_LIKE=arch\n', 'pacman -S cudnn'],
])('knows the packages of %j', (osRelease, command) => {
  const providerDir = providerOf(...cuda12)
  const found = findCudaLibraries({ env: {}, loaderCache: '', osRelease, providerDir })
  expect(found.libraries.find(({ what }) => what === 'cuDNN 9')?.install).toContain(command)
})

it('an unknown system gets no command made up for it', () => {
  const found = findCudaLibraries({ env: {}, loaderCache: '', osRelease: 'ID=plan9\n', providerDir: null })
  expect(found.libraries.length).toBeGreaterThan(3)
  expect(found.libraries.every(({ install }) => install === null)).toBe(true)
})

it('a driver that does not answer is shown as such, with its words', async () => {
  const list = await last(
    machine({ askCards: async () => ({ kind: 'failed', message: 'Failed to initialize NVML' }) }),
  )
  expect(list.devices[1]).toMatchObject({ id: 'cuda', state: 'failed' })
  expect(list.devices[1]!.detail).toContain('Failed to initialize NVML')
})

it("reads Vulkan's manifests; a broken one is not a driver", () => {
  const dir = folder()
  writeFileSync(
    join(dir, 'lvp_icd.x86_64.json'),
    JSON.stringify({ ICD: { library_path: 'libvulkan_lvp.so' } }),
  )
  writeFileSync(join(dir, 'nvidia_icd.json'), JSON.stringify({ ICD: { library_path: 'libGLX_nvidia.so.0' } }))
  writeFileSync(join(dir, 'broken.json'), '{')
  expect(findVulkanDrivers({ VK_DRIVER_FILES: dir }).map(({ name, software }) => [name, software])).toEqual([
    ['lvp', true],
    ['nvidia', false],
  ])
})

it("reads the makers of the machine's cards", () => {
  const dir = folder()
  for (const [name, vendor] of [
    ['card0', '0x10de\n'],
    ['card1', '0x8086\n'],
    ['renderD128', '0x1002\n'],
  ] as const) {
    mkdirSync(join(dir, name, 'device'), { recursive: true })
    writeFileSync(join(dir, name, 'device', 'vendor'), vendor)
  }
  expect(findGraphicsVendors(dir)).toEqual(['NVIDIA', 'Intel'])
  expect(findGraphicsVendors(join(dir, 'none'))).toEqual([])
})

it('the loader cache of a 64-bit system is read by file name, the first entry of each', () => {
  const text = '\tlibz.so (libc6,x86-64) => /a/libz.so\n\tlibz.so (libc6,x86-64) => /b/libz.so\nnonsense\n'
  expect([...parseLoaderCache(text)]).toEqual([['libz.so', '/a/libz.so']])
})

it('a device that fails its measurement is said to fail, and the others are still measured', async () => {
  const list = await last(
    machine({
      platform: 'win32',
      probe: async (kind) => {
        if (kind === 'webgpu')
          throw new AppError('ENGINE_CRASHED', 'The engine ended with signal SIGSEGV\nmore')
        return { gflops: 100, size: 1024, types: ['f32'] }
      },
    }),
  )
  expect(list.devices.map(({ id, state }) => [id, state])).toEqual([
    ['cpu', 'ready'],
    ['webgpu', 'failed'],
  ])
  expect(list.devices[0]!.probe?.gflops).toBe(100)
  expect(list.devices[1]!.detail).toContain('signal SIGSEGV')
})

it('lists TensorFlow where it is installed or was chosen, with why it cannot be used and what to do', async () => {
  const cut = { ...absent, state: 'unusable' as const, why: 'Its native code is missing.', version: '4.22.0' }
  const listed = async (status: TensorFlowStatus, isAsked: boolean) => {
    const asked = () => (isAsked ? ({ id: 'tensorflow', by: 'option' } as const) : null)
    const { devices, choice } = await last(machine({ tensorFlow: async () => status, asked }))
    return { device: devices[1], choice }
  }
  expect((await listed(absent, false)).device).toBeUndefined()
  expect(await listed(absent, true)).toMatchObject({
    device: { state: 'failed', fix: 'Install it.' },
    choice: { id: 'cpu', cause: 'TensorFlow was chosen and cannot be used. It is not installed.' },
  })
  expect((await listed(cut, false)).device).toMatchObject({
    id: 'tensorflow',
    name: 'TensorFlow.js 4.22.0',
    state: 'incomplete',
    detail: 'Its native code is missing.',
  })
  const ready = { ...cut, state: 'ready' as const, why: 'Computes on the card.', whatToDo: null }
  expect(await listed(ready, false)).toMatchObject({ device: { state: 'ready' }, choice: { id: 'cpu' } })
  expect((await listed(ready, true)).choice).toMatchObject({ id: 'tensorflow', by: 'option', notice: null })
})

it('measures this machine: the processor in a process of its own, a software adapter where one is installed', async () => {
  const here = deviceParts({ measure: true, asked: () => null, inUseId: null, dataDir: folder() })
  const list = await last({ ...here, askCards: async () => ({ kind: 'absent' }) })
  const cpu = list.devices[0]!
  expect(cpu.probe!.gflops).toBeGreaterThan(0.1)
  expect(cpu.probe!.types).toContain('f32')
  for (const device of list.devices.slice(1))
    expect(['ready', 'failed', 'incomplete']).toContain(device.state)
}, 90_000)

it('doctor prints the list, and the same as JSON', async () => {
  const run = async (...argv: string[]) => {
    let out = ''
    const code = await runTerminal(['doctor', '--measure=false', ...argv], {
      out: { write: (text) => (out += text) },
      error: { write: (text) => (out += text) },
    })
    return { code, out }
  }
  const text = await run()
  expect(text.code).toBe(0)
  expect(text.out).toMatch(/^cpu {2}.+ \[ready\]$/m)
  expect(text.out).toContain('computes on:')
  const list = DeviceList.parse(JSON.parse((await run('--json')).out))
  expect(list.devices[0]!.id).toBe('cpu')
})
