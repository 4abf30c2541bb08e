import { Backend, backendVariables, type TensorFlowStatus } from '../contract/backend.ts'
import { createEngineProcess, type EngineProcessOptions } from './engine-process.ts'

/** For the environment of engines: what they compute with. What the program's own environment says wins over a default. */
export function backendEnvironment(backend: Backend | null): Record<string, string> {
  return backend === null || (backend === 'onnxruntime' && process.env[backendVariables.backend])
    ? {}
    : { [backendVariables.backend]: backend }
}

/** What engines compute with that are started with this environment beside the program's own. */
export function backendIn(engine: Readonly<Record<string, string>> = {}): Backend {
  const named = engine[backendVariables.backend] ?? process.env[backendVariables.backend]
  return Backend.safeParse(named).data ?? 'onnxruntime'
}

/** Asks an engine of its own, which ends with the answer. */
export async function askTensorFlow(engine: EngineProcessOptions = {}): Promise<TensorFlowStatus> {
  const apart = createEngineProcess({ ...engine, maxRestarts: 0 })
  try {
    return await apart.client().call('tensorFlowStatus', {})
  } finally {
    await apart.kill()
  }
}
