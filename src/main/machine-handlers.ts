import type { machineContract } from '../contract/app/machine.ts'
import type { DeviceList } from '../contract/devices.ts'
import type { Handlers } from '../ipc/server.ts'
import { describeMachine } from './machine.ts'
import { nugetIndex } from './cuda-setup/provider-package.ts'
import { describeCudaSetup, setUpCuda } from './cuda-setup/setup-cuda.ts'
import { deviceParts } from './devices/device-parts.ts'
import { askedDevice } from './devices/asked-device.ts'
import { askTensorFlow } from './engine-backend.ts'
import { chooseDevice } from './devices/choose-device.ts'
import { listDevices } from './devices/list-devices.ts'
import { checkMachine } from './machine/machine-check.ts'
import { askCards } from './machine/nvidia-smi.ts'
import type { Services } from './services.ts'
import { watchView } from './watch-view.ts'

export function createMachineHandlers(services: Services): Handlers<typeof machineContract> {
  const { app, bell, dataDir, host, preferences, telemetry } = services
  const asked = () => askedDevice({ env: process.env, settings: preferences.get().device })
  const sleep = (): 'kept' | 'allowed' | 'unknown' => {
    if (!host.keepAwake) return 'unknown'
    return preferences.get().keepAwake ? 'kept' : 'allowed'
  }
  return {
    calls: {
      machine: () => describeMachine(dataDir),
      // The loop's engine, so that the first run finds it started; where it is at work it is known to run.
      engine: (_, signal) => app.engine.call('describe', {}, { signal }),
      cudaSetup: (_, signal) => describeCudaSetup({ dataDir, indexUrl: nugetIndex(), signal }),
    },
    streams: {
      async *machineCheck(_, signal) {
        const device = await app.device()
        yield* checkMachine(
          {
            dataDir,
            projectsDir: services.projectsDir(),
            describeEngine: () => app.engine.call('describe', {}, { signal }),
            askCards: () => askCards(),
            askTensorFlow: device?.id === 'tensorflow' ? () => askTensorFlow() : null,
            sleep: sleep(),
          },
          signal,
        )
      },
      async *devices({ measure }, signal) {
        const inUseId = (await app.device())?.id ?? null
        let last: DeviceList | null = null
        for await (const list of listDevices(deviceParts({ measure, asked, inUseId, dataDir }), signal))
          yield (last = list)
        const { devices, ...rest } = last!
        const chosen = (): DeviceList => ({ ...rest, devices, choice: chooseDevice(devices, asked()) })
        yield* watchView(bell, chosen, signal)
      },
      async *setUpCuda(_, signal) {
        yield* setUpCuda({ dataDir, indexUrl: nugetIndex(), signal })
        bell.ring()
      },
      telemetry: (_, signal) => telemetry.watch(signal),
    },
  }
}
