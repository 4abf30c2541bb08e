import { deviceVariable } from '../../contract/devices.ts'
import type { DeviceEvent } from '../../contract/engine.ts'
import { chosenBackend, generationDevice } from './program-backend.ts'

/** What this process computes on; answers are generated on the processor where the backend cannot hold weights and caches. */
export function deviceOf(work: DeviceEvent['work']): DeviceEvent {
  const backend = chosenBackend()
  const isProcessor = backend === 'onnxruntime' || (work === 'answers' && generationDevice() === null)
  // Main names the card; whoever starts an engine by its backend alone has the first.
  const named = process.env[deviceVariable] || (backend === 'cuda' ? 'cuda:0' : backend)
  return { kind: 'device', work, id: isProcessor ? 'cpu' : named }
}
