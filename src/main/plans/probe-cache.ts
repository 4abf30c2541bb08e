import type { MeasuredGeneration, MeasuredSize, MeasuredTraining } from '../../contract/forecast.ts'
import type { GenerationSettings, TrainingSettings } from '../../contract/settings.ts'
import { canonicalJson } from '../loop/portable-paths.ts'

/** What was measured on this machine, by all that decides it: coming back to a plan costs nothing. */
export interface ProbeCache {
  size(basis: string): MeasuredSize | null
  generation(key: string): MeasuredGeneration | null
  training(key: string): MeasuredTraining | null
  keep(
    keys: { basis: string; generation: string; training: string },
    measured: { size: MeasuredSize; generation: MeasuredGeneration; training: MeasuredTraining },
  ): void
}

const kept = 200

export function createProbeCache(): ProbeCache {
  const found = new Map<string, MeasuredSize | MeasuredGeneration | MeasuredTraining>()
  function put(key: string, value: MeasuredSize | MeasuredGeneration | MeasuredTraining): void {
    found.delete(key)
    found.set(key, value)
    for (const oldest of found.keys()) if (found.size > kept) found.delete(oldest)
  }
  return {
    size: (basis) => (found.get(`size ${basis}`) as MeasuredSize | undefined) ?? null,
    generation: (key) => (found.get(`generation ${key}`) as MeasuredGeneration | undefined) ?? null,
    training: (key) => (found.get(`training ${key}`) as MeasuredTraining | undefined) ?? null,
    keep({ basis, generation, training }, measured) {
      put(`size ${basis}`, measured.size)
      put(`generation ${generation}`, measured.generation)
      put(`training ${training}`, measured.training)
    },
  }
}

/** Seeds, rates, β and the number of rows change nothing about the speed of one answer or one micro-batch. */
export function generationKey(
  basis: string,
  { temperature, topK, topP, maxNewTokens, batchSize }: GenerationSettings,
  { promptFormat }: TrainingSettings,
): string {
  return canonicalJson({
    basis,
    greedy: temperature === 0,
    topK,
    topP,
    maxNewTokens,
    batchSize,
    promptFormat,
  })
}

export function trainingKey(basis: string, training: TrainingSettings): string {
  const { objective, lossType, optimizer, adapter, batchSize, keepActivationsMiB, precision, promptFormat } =
    training
  const { maxLength, maxPromptLength } = training
  return canonicalJson({
    basis,
    objective,
    lossType,
    anchored: training.nllWeight > 0,
    optimizer: { kind: optimizer.kind, stateBits: optimizer.stateBits, clipped: optimizer.clipNorm !== null },
    adapter: adapter && { ...adapter, seed: 0, alpha: 0, dropout: adapter.dropout > 0 },
    microBatch: Math.min(training.microBatch, batchSize),
    keepActivationsMiB,
    precision,
    promptFormat,
    maxLength,
    maxPromptLength,
  })
}
