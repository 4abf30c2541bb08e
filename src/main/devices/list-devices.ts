import { availableParallelism, cpus, totalmem } from 'node:os'
import type { Backend, TensorFlowStatus } from '../../contract/backend.ts'
import type { Device, DeviceKind, DeviceLibrary, DeviceList, DeviceProbe } from '../../contract/devices.ts'
import { deviceWords as words } from '../../strings/devices.ts'
import type { NvidiaAnswer } from '../machine/nvidia-smi.ts'
import type { GraphicsVendor } from './graphics-cards.ts'
import type { VulkanDriver } from './vulkan-drivers.ts'

export interface DeviceParts {
  platform: NodeJS.Platform
  askCards(): Promise<NvidiaAnswer>
  cudaLibraries(): Promise<DeviceLibrary[]>
  vulkanDrivers(): VulkanDriver[]
  /** Of the cards and graphics cores in the machine, whatever their drivers; Linux alone tells. */
  graphicsVendors(): GraphicsVendor[]
  tensorFlow(): Promise<TensorFlowStatus>
  /** What the engines compute with. */
  backend: Backend
  /** In a process of its own; null = not asked for. */
  probe: ((kind: DeviceKind, signal: AbortSignal) => Promise<DeviceProbe>) | null
}

/**
 * What the machine can compute on: first at once with what files and drivers say, then again after each measurement. The
 * processor comes first; devices that are not there at all are not listed.
 */
export async function* listDevices(parts: DeviceParts, signal: AbortSignal): AsyncGenerator<DeviceList> {
  const tensorFlow = parts.tensorFlow().catch(withoutAnswer)
  const devices = [processor(parts.backend), ...(await cards(parts)), ...adapters(parts)]
  const view = (measuring: boolean): DeviceList => ({
    devices: [...devices],
    chosenId: 'cpu',
    why: whyOf(devices, parts.backend),
    measuring,
  })
  yield view(true)
  devices.push(...tensorFlowDevice(await tensorFlow, parts.backend))
  const measured = parts.probe === null ? [] : devices.filter(({ state, kind }) => canBeMeasured(state, kind))
  yield view(measured.length > 0)
  for (const [i, device] of measured.entries()) {
    if (signal.aborted) return
    const at = devices.indexOf(device)
    try {
      devices[at] = { ...device, probe: await parts.probe!(device.kind, signal) }
    } catch (error) {
      if (signal.aborted) return
      devices[at] = failed(device, error)
    }
    yield view(i + 1 < measured.length)
  }
}

function whyOf(devices: readonly Device[], backend: Backend): string {
  if (backend !== 'onnxruntime') return words.why.backend(words.backends[backend])
  return devices.length === 1 ? words.why.onlyOne : words.why.others
}

/** CUDA's provider is not part of the program: there is nothing to measure a card with until it is set up. */
const canBeMeasured = (state: Device['state'], kind: DeviceKind): boolean =>
  kind !== 'cuda' && (state === 'ready' || state === 'unused')

function failed(device: Device, error: unknown): Device {
  const [said = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  return {
    ...device,
    state: 'failed',
    detail: words.webgpu.fails(said),
    fix: device.kind === 'webgpu' ? words.webgpu.fix : null,
  }
}

const processor = (backend: Backend): Device => ({
  id: 'cpu',
  kind: 'cpu',
  name: words.withThreads(cpus()[0]?.model.trim() || words.processor, availableParallelism()),
  state: 'ready',
  memoryBytes: totalmem(),
  driver: null,
  computeCapability: null,
  libraries: [],
  probe: null,
  detail: backend === 'onnxruntime' ? words.used : words.usedForAnswers,
  fix: null,
})

const withoutAnswer = (error: unknown): TensorFlowStatus => {
  const [said = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  return {
    state: 'unusable',
    why: words.tensorFlow.noAnswer(said),
    whatToDo: null,
    version: null,
    computesOn: null,
  }
}

/** Another library on the processor or a card, not one of them; listed where it is installed or was chosen. */
function tensorFlowDevice({ state, why, whatToDo, version }: TensorFlowStatus, backend: Backend): Device[] {
  const isChosen = backend === 'tensorflow'
  if (state === 'absent' && !isChosen) return []
  const device: Device = {
    ...card('tensorflow', words.tensorFlow.name(version)),
    kind: 'tensorflow',
    detail: why,
    fix: whatToDo,
  }
  if (state !== 'ready') return [{ ...device, state: isChosen ? 'failed' : 'incomplete' }]
  const detail = `${why} ${isChosen ? words.chosen : words.tensorFlow.notChosen}`
  return [{ ...device, state: isChosen ? 'ready' : 'unused', detail }]
}

async function cards({ askCards, cudaLibraries }: DeviceParts): Promise<Device[]> {
  const answer = await askCards()
  if (answer.kind === 'absent') return []
  if (answer.kind === 'failed') {
    const detail = words.cuda.noAnswer(answer.message)
    return [{ ...card('cuda', 'NVIDIA'), state: 'failed', detail, fix: words.cuda.noAnswerFix }]
  }
  const libraries = await cudaLibraries()
  const missing = libraries.filter(({ path }) => path === null)
  return answer.cards.map(({ name, memoryBytes, driver, computeCapability }, i): Device => {
    const found = { ...card(`cuda:${i}`, name), memoryBytes, driver, computeCapability, libraries }
    return missing.length === 0
      ? found
      : { ...found, state: 'incomplete', detail: missingText(missing), fix: installText(missing) }
  })
}

const card = (id: string, name: string): Device => ({
  id,
  kind: 'cuda',
  name,
  state: 'unused',
  memoryBytes: null,
  driver: null,
  computeCapability: null,
  libraries: [],
  probe: null,
  detail: words.cuda.complete,
  fix: null,
})

const missingText = (missing: readonly DeviceLibrary[]): string =>
  words.cuda.missing(missing.map(({ what, file }) => `${what} (${file})`).join(', '))

function installText(missing: readonly DeviceLibrary[]): string {
  const commands = [...new Set(missing.flatMap(({ install }) => install ?? []))]
  return commands.length === 0 ? words.cuda.fixUnknown : words.cuda.fix(commands.join('; '))
}

/** Windows and macOS bring what WebGPU computes through (DirectX 12, Metal); on Linux it needs a driver of Vulkan. */
function adapters({ platform, vulkanDrivers, graphicsVendors, backend }: DeviceParts): Device[] {
  const drivers = platform === 'linux' ? vulkanDrivers() : []
  if (platform === 'linux' && drivers.length === 0) return []
  const vendors = graphicsVendors()
  // Distributions install the drivers of every maker together: those of the machine's own cards count.
  const software =
    platform === 'linux' && (vendors.length === 0 || drivers.every((driver) => driver.software))
  return [
    {
      ...card('webgpu', words.webgpu.name(software ? words.webgpu.processor : vendors.join(', '))),
      kind: 'webgpu',
      ...(backend === 'webgpu' && { state: 'ready' }),
      detail: [
        software ? words.webgpu.software : backend === 'webgpu' ? '' : words.notUsed,
        backend === 'webgpu' ? words.chosen : '',
      ]
        .filter(Boolean)
        .join(' '),
    },
  ]
}
