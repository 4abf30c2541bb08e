import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { DeviceChoice, type Device } from '../../../src/contract/devices.ts'
import { createApp } from '../../../src/main/app.ts'
import { askedDevice } from '../../../src/main/devices/asked-device.ts'
import { type AskedDevice, chooseDevice } from '../../../src/main/devices/choose-device.ts'
import { findDevices } from '../../../src/main/devices/find-devices.ts'
import { deviceAskedIn, deviceEnvironment, deviceOfBackend } from '../../../src/main/engine-backend.ts'
import { parseCards } from '../../../src/main/machine/nvidia-smi.ts'
import { runTerminal } from '../../../src/main/terminal/index.ts'

const cards = parseCards(
  'NVIDIA GeForce RTX 3060, 12288 MiB, 570.86, 8.6\nNVIDIA GeForce RTX 4090, 24564 MiB, 570.86, 8.9',
)

const devicesWith = (provider: string | null, visibleCards?: string): Promise<Device[]> =>
  findDevices({
    platform: 'linux',
    arch: 'x64',
    visibleCards,
    askCards: async () => ({ kind: 'cards', cards }),
    cudaLibraries: async () => ({ libraries: [], cuda: 12, leastDriver: 525 }),
    cudaProvider: () => provider,
    vulkanDrivers: () => [{ name: 'nvidia', manifest: '/nvidia_icd.json', software: false }],
    graphicsVendors: () => ['NVIDIA'],
  })
const chosen = (devices: Device[], asked: AskedDevice | null = null): DeviceChoice =>
  DeviceChoice.parse(chooseDevice(devices, asked))

it('takes the processor until CUDA is set up, then the card with the most memory, and says why', async () => {
  expect(chosen(await devicesWith(null))).toMatchObject({
    id: 'cpu',
    why: 'NVIDIA GeForce RTX 3060 is there, but something is missing to compute on it.',
  })
  const failed = (await devicesWith('/somewhere')).map((device) =>
    device.kind === 'cuda' ? { ...device, state: 'failed' as const } : device,
  )
  expect(chosen(failed)).toMatchObject({
    id: 'cpu',
    why: 'NVIDIA GeForce RTX 3060 is there, but does not compute as it should.',
  })
  const complete = await devicesWith('/somewhere')
  expect(complete.map(({ id, state }) => [id, state])).toEqual([
    ['cpu', 'ready'],
    ['cuda:0', 'ready'],
    ['cuda:1', 'ready'],
    ['webgpu', 'ready'],
  ])
  expect(chosen(complete)).toMatchObject({
    id: 'cuda:1',
    by: 'default',
    why: 'CUDA is set up: of its cards the one with the most memory is taken.',
  })
})

it('leaves cards alone that the environment keeps from the program', async () => {
  expect((await devicesWith('/somewhere', '0')).map(({ id }) => id)).toEqual(['cpu', 'cuda:0', 'webgpu'])
  expect((await devicesWith('/somewhere', '-1')).map(({ id }) => id)).toEqual(['cpu', 'webgpu'])
  expect((await devicesWith('/somewhere', 'GPU-8932f937')).map(({ id }) => id)).toContain('cuda:1')
})

it('takes what a person chose; where that is gone or incomplete, the default with a notice', async () => {
  const complete = await devicesWith('/somewhere')
  expect(chosen(complete, { id: 'webgpu', by: 'settings' })).toMatchObject({
    id: 'webgpu',
    by: 'settings',
    why: 'Chosen by you in Settings.',
    notice: null,
  })
  expect(chosen(complete, { id: 'cuda:7', by: 'settings' })).toMatchObject({
    id: 'cuda:1',
    by: 'default',
    notice: 'cuda:7 was chosen and is not there. Instead NVIDIA GeForce RTX 4090 computes.',
  })
  const { id, notice } = chosen(await devicesWith(null), { id: 'cuda:0', by: 'settings' })
  expect(id).toBe('cpu')
  expect(notice).toContain('NVIDIA GeForce RTX 3060 was chosen and cannot be used.')
})

it('asks options before the environment, and that before Settings; a backend names the first of its devices', () => {
  const env = { SPIN_STUDIO_DEVICE: 'cuda:1', SPIN_STUDIO_BACKEND: 'webgpu' }
  const settings = 'webgpu'
  expect(askedDevice({ option: { device: 'cpu' }, env, settings })).toEqual({ id: 'cpu', by: 'option' })
  expect(askedDevice({ option: { device: null, backend: 'webgpu' }, env, settings })?.id).toBe('webgpu')
  expect(askedDevice({ env, settings })).toEqual({ id: 'cuda:1', by: 'environment' })
  expect(askedDevice({ env: { SPIN_STUDIO_BACKEND: 'tensorflow' }, settings })?.id).toBe('tensorflow')
  expect(askedDevice({ env: {}, settings })).toEqual({ id: 'webgpu', by: 'settings' })
  expect(askedDevice({ env: {}, settings: null })).toBeNull()
  expect(deviceOfBackend('cuda')).toBe('cuda:0')
  expect(() => deviceAskedIn({ SPIN_STUDIO_DEVICE: 'gpu' })).toThrow(/found gpu/)
})

it("is one engine's environment a device: a card is seen alone, by the place that nvidia-smi gives it", () => {
  expect(deviceEnvironment('cuda:1')).toEqual({
    SPIN_STUDIO_DEVICE: 'cuda:1',
    SPIN_STUDIO_BACKEND: 'cuda',
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    CUDA_VISIBLE_DEVICES: '1',
  })
  expect(deviceEnvironment('cpu')).toEqual({
    SPIN_STUDIO_DEVICE: 'cpu',
    SPIN_STUDIO_BACKEND: 'onnxruntime',
  })
})

it('starts engines with the environment of the device that was chosen, and waits for the choice', async () => {
  const home = mkdtempSync(join(tmpdir(), 'chosen-'))
  // An engine that cannot start says its environment.
  const entryPath = join(home, 'says.mjs')
  writeFileSync(entryPath, 'console.error("device " + process.env.SPIN_STUDIO_DEVICE); process.exit(3)\n')
  const app = createApp({
    dataDir: home,
    engine: { entryPath, maxRestarts: 0 },
    chooseDevice: async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return chosen(await devicesWith('/somewhere'))
    },
  })
  onTestFinished(async () => {
    await app.dispose()
    rmSync(home, { recursive: true })
  })
  await expect(app.engine.call('describe', {})).rejects.toThrow()
  expect(app.engineLog()).toContain('device cuda:1')
  expect(await app.device()).toMatchObject({ id: 'cuda:1' })
})

async function terminal(...argv: string[]): Promise<{ code: number; out: string }> {
  let out = ''
  const write = (text: string): void => void (out += text)
  const code = await runTerminal(argv, { out: { write }, error: { write } })
  return { code, out }
}

it('doctor says what a person chose, remembered or asked for, and what it comes to', async () => {
  const home = mkdtempSync(join(tmpdir(), 'chosen-'))
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(home, { recursive: true })
  })
  vi.stubEnv('SPIN_STUDIO_DATA', home)
  vi.stubEnv('SPIN_STUDIO_DEVICE', '')
  vi.stubEnv('SPIN_STUDIO_BACKEND', '')
  writeFileSync(join(home, 'preferences.json'), JSON.stringify({ device: 'cuda:63' }))
  const doctor = (...argv: string[]) => terminal('doctor', '--measure=false', ...argv)
  expect((await doctor()).out).toMatch(/^note: cuda:63 was chosen and is not there\./m)
  expect((await doctor('--device', 'cpu')).out).toMatch(/^computes on: cpu \(.*\)\. Chosen by you\.$/m)
  vi.stubEnv('SPIN_STUDIO_DEVICE', 'cpu')
  expect((await doctor()).out).toContain('Chosen by the environment of the program.')
  expect(await doctor('--device', 'cpu', '--backend', 'webgpu')).toMatchObject({ code: 1 })
  expect(await doctor('--device', 'gpu')).toMatchObject({ code: 2 })
})
