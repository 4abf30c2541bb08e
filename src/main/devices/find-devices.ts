import { availableParallelism, cpus, totalmem } from 'node:os'
import type { TensorFlowStatus } from '../../contract/backend.ts'
import type { Device, DeviceLibrary } from '../../contract/devices.ts'
import { cudaSetupWords } from '../../strings/cuda-setup.ts'
import { deviceWords as words } from '../../strings/devices.ts'
import type { NvidiaAnswer } from '../machine/nvidia-smi.ts'
import type { CudaLibraries } from './cuda-libraries.ts'
import type { GraphicsVendor } from './graphics-cards.ts'
import { joinCommands } from './package-names.ts'
import type { VulkanDriver } from './vulkan-drivers.ts'

/** What is asked about devices without computing on any. */
export interface DeviceSearch {
  platform: NodeJS.Platform
  arch: string
  /** CUDA_VISIBLE_DEVICES of the program's own environment. */
  visibleCards: string | undefined
  askCards(): Promise<NvidiaAnswer>
  /** Asked on Linux x64 alone. `providerDir`: what `cudaProvider` said. */
  cudaLibraries(providerDir: string | null): Promise<CudaLibraries>
  /** The folder with ONNX Runtime's CUDA provider; null = it was not set up. */
  cudaProvider(): string | null
  vulkanDrivers(): VulkanDriver[]
  /** Of the cards and graphics cores in the machine, whatever their drivers; Linux alone tells. */
  graphicsVendors(): GraphicsVendor[]
}

/** The processor, which comes first, cards, adapters; what is not there at all is not listed. */
export async function findDevices(search: DeviceSearch): Promise<Device[]> {
  return [processor(), ...(await cards(search)), ...adapters(search)]
}

const processor = (): Device => ({
  ...device(
    'cpu',
    'cpu',
    words.withThreads(cpus()[0]?.model.trim() || words.processor, availableParallelism()),
  ),
  memoryBytes: totalmem(),
})

const device = (id: string, kind: Device['kind'], name: string): Device => ({
  id,
  kind,
  name,
  state: 'ready',
  memoryBytes: null,
  driver: null,
  computeCapability: null,
  libraries: [],
  probe: null,
  detail: words.computesAll,
  fix: null,
})

/** Another library on the processor or a card, not one of them; listed where it is installed or was asked for. */
export function tensorFlowDevice(
  { state, why, whatToDo, version }: TensorFlowStatus,
  isAsked: boolean,
): Device[] {
  if (state === 'absent' && !isAsked) return []
  const found = { ...device('tensorflow', 'tensorflow', words.tensorFlow.name(version)), fix: whatToDo }
  if (state === 'ready') return [{ ...found, detail: `${why} ${words.trainsAlone}` }]
  return [{ ...found, detail: why, state: isAsked ? 'failed' : 'incomplete' }]
}

async function cards({
  platform,
  arch,
  askCards,
  visibleCards,
  cudaLibraries,
  cudaProvider,
}: DeviceSearch): Promise<Device[]> {
  const answer = await askCards()
  if (answer.kind === 'absent') return []
  if (answer.kind === 'failed') {
    const detail = words.cuda.noAnswer(answer.message)
    return [{ ...device('cuda', 'cuda', 'NVIDIA'), state: 'failed', detail, fix: words.cuda.noAnswerFix }]
  }
  const hasProviders = platform === 'linux' && arch === 'x64'
  const providerDir = cudaProvider()
  const found = hasProviders ? await cudaLibraries(providerDir) : null
  const lacks = (driver: string): Partial<Device> =>
    found === null
      ? { state: 'failed', detail: cudaSetupWords.unsupported(`${platform} ${arch}`) }
      : lacking(found, providerDir !== null, driver)
  return answer.cards.flatMap(({ name, memoryBytes, driver, computeCapability }, i): Device[] =>
    isVisible(i, visibleCards)
      ? [
          {
            ...device(`cuda:${i}`, 'cuda', name),
            detail: `${words.cuda.complete} ${words.computesAll}`,
            memoryBytes,
            driver,
            computeCapability,
            libraries: found?.libraries ?? [],
            ...lacks(driver),
          },
        ]
      : [],
  )
}

/** The provider first: once it is there, it says itself which libraries it needs. */
function lacking(
  { libraries, cuda, leastDriver }: CudaLibraries,
  hasProvider: boolean,
  driver: string,
): Partial<Device> {
  const missing = libraries.filter(({ path }) => path === null)
  const isOld = leastDriver !== null && Number.parseInt(driver, 10) < leastDriver
  const details = [
    ...(hasProvider ? [] : [words.cuda.noProvider]),
    ...(isOld ? [words.cuda.oldDriver(driver, cuda!, leastDriver)] : []),
    ...(missing.length > 0 ? [missingText(missing)] : []),
  ]
  if (details.length === 0) return {}
  const fixes = [
    ...(hasProvider ? [] : [words.cuda.noProviderFix]),
    ...(isOld ? [words.cuda.oldDriverFix(leastDriver)] : []),
    ...(missing.length > 0 && hasProvider ? [installText(missing, cuda)] : []),
  ]
  return { state: 'incomplete', detail: details.join(' '), fix: fixes.join(' ') }
}

/** Whoever shares a machine is given some of its cards by this variable; names other than numbers are CUDA's own to judge. */
function isVisible(card: number, visible: string | undefined): boolean {
  if (visible === undefined || !/^[-\d,\s]*$/.test(visible)) return true
  return visible.split(',').some((number) => number.trim() !== '' && Number(number) === card)
}

const missingText = (missing: readonly DeviceLibrary[]): string =>
  words.cuda.missing(missing.map(({ what, file }) => `${what} (${file})`).join(', '))

function installText(missing: readonly DeviceLibrary[], cuda: number | null): string {
  const commands = [...new Set(missing.flatMap(({ install }) => install ?? []))]
  return commands.length === 0 ? words.cuda.fixUnknown(cuda) : words.cuda.fix(joinCommands(commands))
}

/** Windows and macOS bring what WebGPU computes through (DirectX 12, Metal); on Linux it needs a driver of Vulkan. */
function adapters({ platform, vulkanDrivers, graphicsVendors }: DeviceSearch): Device[] {
  const drivers = platform === 'linux' ? vulkanDrivers() : []
  if (platform === 'linux' && drivers.length === 0) return []
  const vendors = graphicsVendors()
  // Distributions install the drivers of every maker together: those of the machine's own cards count.
  const software =
    platform === 'linux' && (vendors.length === 0 || drivers.every((driver) => driver.software))
  const name = words.webgpu.name(software ? words.webgpu.processor : vendors.join(', '))
  const detail = software ? `${words.webgpu.software} ${words.computesAll}` : words.computesAll
  return [{ ...device('webgpu', 'webgpu', name), detail }]
}
