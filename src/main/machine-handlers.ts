import type { machineContract } from '../contract/app/machine.ts'
import type { Handlers } from '../ipc/server.ts'
import { describeMachine } from './machine.ts'
import type { Services } from './services.ts'

export function createMachineHandlers({ app, dataDir }: Services): Handlers<typeof machineContract> {
  return {
    calls: {
      machine: () => describeMachine(dataDir),
      // The loop's engine, so that the first run finds it started; where it is at work it is known to run.
      engine: (_, signal) => app.engine.call('describe', {}, { signal }),
    },
    streams: {},
  }
}
