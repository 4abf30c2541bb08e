import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSafetensors } from '../../src/engine/model/safetensors.ts'

/** Numbers made by make/make_goldens.py; its docstring says what each file holds. */
export const goldenVariants = ['tied', 'biased'] as const
export type GoldenVariant = (typeof goldenVariants)[number]

export interface GoldenMetrics {
  loss: number
  spinLoss: number
  nll: number
  rewardReal: number
  rewardGenerated: number
  margin: number
  accuracy: number
  logpReal: number
  logpGenerated: number
  entropy: number
  kl: number
}

export interface GoldenPair {
  prompt: string
  real: string
  generated: string
  finishReason: 'stop' | 'length'
  promptIds: number[]
  realIds: number[]
  generatedIds: number[]
}

export interface GoldenRun {
  opponent: 'self'
  optimizer: 'rmsprop' | 'adamw'
  lossType: 'sigmoid'
  nllWeight: number
  weightDecay: number
  lr: number
  schedule: 'linear'
  warmupSteps: number
  steps: number
  clipNorm: number
  movedRelative: number
  perStep: (GoldenMetrics & { gradNorm: number; lr: number })[]
  final: GoldenMetrics
}

export type GoldenLossCase = 'sigmoid' | 'sigmoid-self' | 'hinge' | 'sigmoid-nll' | 'ipo'

export interface Golden {
  versions: Record<string, string>
  beta: number
  eosIds: number[]
  pairs: GoldenPair[]
  logps: Record<'policy' | 'perturbed', { real: number[]; generated: number[] }>
  /** Logits [S, V] of these sequences are in logits.safetensors under the same names. */
  logits: { name: string; tokenIds: number[] }[]
  losses: Record<
    GoldenLossCase,
    GoldenMetrics & {
      opponent: 'perturbed' | 'self'
      loss_type: 'sigmoid' | 'hinge' | 'ipo'
      nll_weight: number
      gradNorm: number
    }
  >
  runs: Record<'rmsprop' | 'adamw', GoldenRun>
  greedy: {
    prompt: string
    promptIds: number[]
    tokens: number[]
    finishReason: string
    smallestGap: number
  }[]
  float32Noise: Record<string, number | { overall: number; worstTensor: number }>
}

/** Absolute path of a file or folder of a variant: `model`, `opponent.safetensors`, `grads-sigmoid.safetensors` … */
export function goldenPath(variant: GoldenVariant, name: string): string {
  return join(import.meta.dirname, variant, name)
}

export function readGolden(variant: GoldenVariant): Golden {
  return JSON.parse(readFileSync(goldenPath(variant, 'golden.json'), 'utf8'))
}

export function readGoldenTensors(
  variant: GoldenVariant,
  name: string,
): Map<string, { shape: number[]; data: Float32Array }> {
  const file = openSafetensors(goldenPath(variant, `${name}.safetensors`))
  return new Map([...file.tensors].map(([tensor, { shape }]) => [tensor, { shape, data: file.read(tensor) }]))
}

/** Weights as the reference of a distance. */
export const asReference = (weights: ReadonlyMap<string, Float32Array>) =>
  new Map([...weights].map(([name, data]) => [name, { data }]))

/** ‖a − b‖ / ‖b‖ over all tensors of b. */
export function relativeDistance(
  a: ReadonlyMap<string, Float32Array>,
  b: ReadonlyMap<string, { data: Float32Array }>,
): number {
  let difference = 0
  let size = 0
  for (const [name, { data }] of b) {
    const other = a.get(name)
    if (other?.length !== data.length)
      throw new Error(`tensor ${name}: ${other?.length} numbers, not ${data.length}`)
    for (let i = 0; i < data.length; i++) {
      difference += (other[i]! - data[i]!) ** 2
      size += data[i]! ** 2
    }
  }
  return Math.sqrt(difference / size)
}
