import type { machineContract } from '../contract/app/machine.ts'
import type { Handlers } from '../ipc/server.ts'
import { describeMachine } from './machine.ts'
import { deviceParts } from './devices/device-parts.ts'
import { askTensorFlow, backendEnvironment } from './engine-backend.ts'
import { listDevices } from './devices/list-devices.ts'
import { checkMachine } from './machine/machine-check.ts'
import { askCards } from './machine/nvidia-smi.ts'
import type { Services } from './services.ts'

export function createMachineHandlers(services: Services): Handlers<typeof machineContract> {
  const { app, dataDir, host, preferences, telemetry } = services
  const sleep = (): 'kept' | 'allowed' | 'unknown' => {
    if (!host.keepAwake) return 'unknown'
    return preferences.get().keepAwake ? 'kept' : 'allowed'
  }
  return {
    calls: {
      machine: () => describeMachine(dataDir),
      // The loop's engine, so that the first run finds it started; where it is at work it is known to run.
      engine: (_, signal) => app.engine.call('describe', {}, { signal }),
    },
    streams: {
      machineCheck: (_, signal) =>
        checkMachine(
          {
            dataDir,
            projectsDir: services.projectsDir(),
            describeEngine: () => app.engine.call('describe', {}, { signal }),
            askCards: () => askCards(),
            askTensorFlow: app.backend === 'tensorflow' ? () => askTensorFlow() : null,
            sleep: sleep(),
          },
          signal,
        ),
      devices: ({ measure }, signal) =>
        listDevices(deviceParts(measure, { env: backendEnvironment(app.backend) }), signal),
      telemetry: (_, signal) => telemetry.watch(signal),
    },
  }
}
