import type { EngineContract } from '../../../../src/contract/engine.ts'
import type {
  CallInput,
  CallName,
  CallOutput,
  StreamEvent,
  StreamInput,
  StreamName,
} from '../../../../src/ipc/contract.ts'

/** What a call is asked and answers, with every kind of value that may stand there. */
export type CallSamples<N extends CallName<EngineContract> = CallName<EngineContract>> = {
  [K in N]: { input: CallInput<EngineContract, K>; output: CallOutput<EngineContract, K> }
}
export type StreamSamples<N extends StreamName<EngineContract> = StreamName<EngineContract>> = {
  [K in N]: { input: StreamInput<EngineContract, K>; events: StreamEvent<EngineContract, K>[] }
}
