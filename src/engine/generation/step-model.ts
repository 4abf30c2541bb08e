import type { ModelConfig } from '../model/model-config.ts'
import type { CompileProgram } from '../onnx/compiled-program.ts'
import type { Dtype } from '../tensor/dtype.ts'
import type { StepOutcome } from './answer-slots.ts'
import type { Prompt } from './decoder.ts'

/** A model made ready to answer: whatever computes, it is asked for jobs, and the jobs for steps. */
export interface StepModel {
  /** `prompts`, of at least one token each, are sorted by length. Throws OUT_OF_MEMORY. */
  open(prompts: readonly Prompt[], shape: JobShape): Promise<StepJob>
  release(): Promise<void>
}

export interface JobShape {
  config: ModelConfig
  eosIds: readonly number[]
  slots: number // B ≥ 2
  maxNewTokens: number // N
  temperature: number // 0 = greedy
}

/** One queue of prompts on its way. */
export interface StepJob {
  readonly isDone: boolean
  /** Reads prompts, or makes a token in every slot; bounded work. Throws OUT_OF_MEMORY. */
  step(): Promise<StepOutcome>
  /** Of its caches. */
  release(): void
}

/**
 * What answers are generated on, where it is not the processor. `resident`: what a program leaves in the device's memory can be
 * fed to the next one, so weights and caches stay there between two tokens. `loop`: nothing stays but the weights of a program,
 * so a whole queue is answered within one.
 */
export type GenerationDevice =
  | { kind: 'resident'; compile: CompileProgram }
  | {
      kind: 'loop'
      compile: CompileProgram
      /** Of products and caches; default: the type of the weights. */
      compute?: Dtype
      /** Steps between two copies of the cache, K; default: 32. */
      window?: number
    }
