import type { TensorFlowStatus } from '../../contract/backend.ts'
import type { Device, DeviceChoice, DeviceId, DeviceList, DeviceProbe } from '../../contract/devices.ts'
import { deviceWords as words } from '../../strings/devices.ts'
import { type AskedDevice, chooseDevice } from './choose-device.ts'
import { type DeviceSearch, findDevices, tensorFlowDevice } from './find-devices.ts'

export interface DeviceParts extends DeviceSearch {
  /** Starts an engine, so it is asked where its answer is shown or TensorFlow was asked for. */
  tensorFlow(): Promise<TensorFlowStatus>
  /** What is asked for at the moment. */
  asked(): AskedDevice | null
  /** What engines were started for; null = none were. */
  inUseId: DeviceId | null
  /** In a process of its own; null = not asked for. */
  probe: ((id: DeviceId, signal: AbortSignal) => Promise<DeviceProbe>) | null
}

/** What engines are to compute on, by what files and drivers say; nothing is measured. */
export async function findChoice(
  parts: DeviceSearch & Pick<DeviceParts, 'tensorFlow' | 'asked'>,
): Promise<DeviceChoice> {
  const devices = await findDevices(parts)
  const asked = parts.asked()
  if (asked?.id === 'tensorflow')
    devices.push(...tensorFlowDevice(await parts.tensorFlow().catch(withoutAnswer), true))
  return chooseDevice(devices, asked)
}

/**
 * What the machine can compute on and which of it is chosen: first at once with what files and drivers say, then again after
 * each measurement.
 */
export async function* listDevices(parts: DeviceParts, signal: AbortSignal): AsyncGenerator<DeviceList> {
  const { asked, inUseId } = parts
  const tensorFlow = parts.tensorFlow().catch(withoutAnswer)
  const devices = await findDevices(parts)
  const view = (measuring: boolean): DeviceList => ({
    devices: [...devices],
    choice: chooseDevice(devices, asked()),
    inUseId,
    canSetUpCuda:
      parts.platform === 'linux' &&
      parts.arch === 'x64' &&
      devices.some(({ kind }) => kind === 'cuda') &&
      parts.cudaProvider() === null,
    measuring,
  })
  // Without TensorFlow's answer the choice of it would look like one of something that is not there.
  const asksTensorFlow = asked()?.id === 'tensorflow'
  if (!asksTensorFlow) yield view(true)
  devices.push(...tensorFlowDevice(await tensorFlow, asksTensorFlow))
  const measured = parts.probe === null ? [] : devices.filter(({ state }) => state === 'ready')
  yield view(measured.length > 0)
  for (const [i, device] of measured.entries()) {
    if (signal.aborted) return
    const at = devices.indexOf(device)
    try {
      devices[at] = { ...device, probe: await parts.probe!(device.id as DeviceId, signal) }
    } catch (error) {
      if (signal.aborted) return
      devices[at] = failed(device, error)
    }
    yield view(i + 1 < measured.length)
  }
}

function failed(device: Device, error: unknown): Device {
  return {
    ...device,
    state: 'failed',
    detail: words.fails(firstLine(error)),
    fix: device.kind === 'webgpu' ? words.webgpu.fix : device.kind === 'cuda' ? words.cuda.failsFix : null,
  }
}

const withoutAnswer = (error: unknown): TensorFlowStatus => ({
  state: 'unusable',
  why: words.tensorFlow.noAnswer(firstLine(error)),
  whatToDo: null,
  version: null,
  computesOn: null,
})

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]!
