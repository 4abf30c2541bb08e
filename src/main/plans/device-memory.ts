import type { PlanChoice, PlanForecast } from '../../contract/app/plans.ts'
import type { DeviceChoice } from '../../contract/devices.ts'
import type { TrainingSettings } from '../../contract/settings.ts'
import type { MeasuredPlan } from './loop-forecast.ts'
import type { PlanBasis } from './plan-basis.ts'

/**
 * What a plan holds in the memory of a device that has its own, counted from the model's shapes: a device says of no process
 * what it held at most. On WebGPU weights, gradients and 32-bit moments stay there while a model is trained. CUDA holds the frozen
 * weights of an adapter's training; of a training of all weights each program is sent its own. TensorFlow is sent them too, and
 * does not generate. Activations: the input of each layer, and the largest moment within a layer or the head. Never compared with a card.
 */

const bytesOfF32 = 4
/** Numbers a token and unit of the hidden size that one layer's backward pass holds beside its weights: projections, gate, up and down, and their gradients. */
const layerNumbers = 24
/** Logits, their softmax and its gradient. */
const headCopies = 3
/** A number in 8 or 4 bits with its share of a block's scale (blocks of 64). */
const codeBytes = { f32: 4, int8: 1.0625, int4: 0.5625 } as const

export function deviceMemory(
  { plan }: PlanChoice,
  basis: PlanBasis,
  measured: MeasuredPlan,
  device: DeviceChoice | null,
): PlanForecast['memory']['device'] {
  const kind = device?.id.split(':')[0]
  if (!device || kind === 'cpu') return null
  const most = (bytes: readonly number[]): number => Math.max(...bytes)
  const generate = most(
    plan.iterations.map(({ generation: { batchSize, maxNewTokens } }) =>
      kind === 'tensorflow' ? 0 : generationBytes(basis, kind === 'cuda', batchSize, maxNewTokens),
    ),
  )
  const train = most(
    plan.iterations.map(({ training }, i) =>
      trainingBytes(basis, kind, training, measured.iterations[i]!.training),
    ),
  )
  const { batchSize, maxNewTokens } = plan.evaluation
  const answers = kind === 'tensorflow' ? 0 : generationBytes(basis, kind === 'cuda', batchSize, maxNewTokens)
  const stages = [
    { stage: 'generate' as const, peakBytes: generate },
    { stage: 'train' as const, peakBytes: train },
    { stage: 'evaluate' as const, peakBytes: Math.max(answers, scoringBytes(basis, kind)) },
  ]
  return {
    name: device.name,
    totalBytes: device.memoryBytes,
    peakBytes: most(stages.map(({ peakBytes }) => peakBytes)),
    stages,
  }
}

/** Weights, in the checkpoint's own type on CUDA, the cache of all slots, and the logits of a step. */
function generationBytes(
  { model, rows }: PlanBasis,
  ownType: boolean,
  slots: number,
  tokens: number,
): number {
  const element = ownType ? model.bytes / model.parameters : bytesOfF32
  const positions = Math.min(model.context, rows.prompt[100]! + tokens)
  const headSize = model.hidden / model.heads
  const cache = 2 * model.layers * model.kvHeads * headSize * positions * slots * element
  return element * model.parameters + cache + headCopies * bytesOfF32 * slots * model.vocab
}

function trainingBytes(
  { model, rows }: PlanBasis,
  kind: string | undefined,
  { objective, microBatch, maxLength, adapter, optimizer }: TrainingSettings,
  { trained, stateBytes }: MeasuredPlan['iterations'][number]['training'],
): number {
  const sequences = microBatch * (objective === 'sft' ? 1 : 2)
  const length = Math.min(maxLength, rows.whole[100]!)
  const answer = Math.min(length, rows.answer[100]!)
  const tokens = sequences * length
  const saved = bytesOfF32 * tokens * model.hidden * model.layers
  const scores = 2 * model.heads * sequences * length ** 2
  const layer = bytesOfF32 * (layerNumbers * tokens * model.hidden + scores)
  const head = headCopies * bytesOfF32 * sequences * answer * model.vocab
  const work = saved + Math.max(layer, head)
  const embedding = model.vocab * model.hidden
  const matrices = Math.max(0, model.parameters - embedding)
  const weights = codeBytes[adapter?.baseWeights ?? 'f32'] * matrices + bytesOfF32 * embedding
  const moments = optimizer.stateBits === 32 ? stateBytes : 0
  if (kind === 'webgpu') return weights + bytesOfF32 * trained + moments + work
  if (kind === 'cuda' && adapter) return weights + 2 * bytesOfF32 * trained + work
  return 2 * bytesOfF32 * Math.max(matrices / model.layers, embedding) + Math.max(layer, head)
}

/** A forward pass over one row: on WebGPU with all weights, elsewhere with those of one program. */
function scoringBytes({ model, rows }: PlanBasis, kind: string | undefined): number {
  const embedding = model.vocab * model.hidden
  const weights = kind === 'webgpu' ? model.parameters : 2 * embedding
  return bytesOfF32 * (weights + rows.whole[100]! * (layerNumbers * model.hidden + model.vocab))
}
