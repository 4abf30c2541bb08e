import { engineContract } from '../../../src/contract/engine.ts'
import { describeEngine } from '../../../src/engine/describe.ts'
import { describeModel } from '../../../src/engine/model/model-card.ts'
import { writeCard } from '../../../src/engine/model/write-card.ts'
import { evaluateStage } from '../../../src/engine/stages/evaluate-stage.ts'
import { finetuneStage } from '../../../src/engine/stages/finetune-stage.ts'
import { gatherStage } from '../../../src/engine/stages/gather-stage.ts'
import { generateStage } from '../../../src/engine/stages/generate-stage.ts'
import { importStage } from '../../../src/engine/stages/import-stage.ts'
import type { EngineAccess } from '../../../src/main/loop/engine-access.ts'

const { calls, streams } = engineContract
const { signal: never } = new AbortController()

type Call = (input: unknown, signal: AbortSignal) => unknown

/** The real stages of the loop in this process instead of the engine's own; `more`: other calls by name. */
export const stagesInProcess = (more: Record<string, Call> = {}) =>
  ({
    call: async (name: string, input: unknown, { signal = never } = {}) => {
      if (name === 'describe') return describeEngine()
      if (name === 'inspectModel') return describeModel(calls.inspectModel.input.parse(input).dir)
      if (name === 'gather') return gatherStage(calls.gather.input.parse(input), signal)
      return more[name] ? more[name](input, signal) : writeCard(calls.writeCard.input.parse(input))
    },
    stream: (name: string, input: unknown, { signal = never } = {}) => {
      if (name === 'importDataset') return importStage(streams.importDataset.input.parse(input), signal)
      if (name === 'generate') return generateStage(streams.generate.input.parse(input), signal)
      if (name === 'finetune') return finetuneStage(streams.finetune.input.parse(input), signal)
      return evaluateStage(streams.evaluate.input.parse(input), signal)
    },
  }) as unknown as EngineAccess

const generation = { temperature: 1.2, maxNewTokens: 6, batchSize: 4 }

/** Two iterations of three steps each. */
export const smallPlan = (training: object, evaluation: object, stopRule: object) => {
  const settings = {
    beta: 0.3,
    optimizer: { kind: 'adamw', lr: 5e-3 },
    batchSize: 4,
    microBatch: 4,
    maxLength: 48,
    maxPromptLength: 32,
    maxSteps: 3,
    schedule: { scheduleEpochs: 1, stopEpoch: 1 },
    guards: { enabled: false },
    ...training,
  }
  return {
    preset: 'custom',
    iterations: [
      { generation, training: settings },
      { generation: { ...generation, seed: 43 }, training: settings },
    ],
    gates: { maxCapped: 1, maxEmpty: 1 },
    evaluation: { maxNewTokens: 6, batchSize: 4, ...evaluation },
    stopRule: { score: 'nll', patience: 2, ...stopRule },
  }
}
