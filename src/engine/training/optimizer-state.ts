import type { OptimizerSettings } from '../../contract/settings.ts'
import { AppError } from '../../contract/errors.ts'
import { blockSize } from './dynamic-map.ts'
import type { ElementArray, KernelName } from './element-kernels.ts'
import { type ElementPool, inlinePool, type PreparedWork } from './element-pool.ts'
import type { ElementWork } from './element-work.ts'
import type { OptimizerOptions, OptimizerState, TensorMap } from './optimizer.ts'

/** Smaller tensors (norms, biases) keep float32 moments, as in bitsandbytes: they are few bytes and often sensitive. */
const smallestQuantized = 4096

/**
 * Bits of one parameter's moments. Token embeddings stay at 32 as in transformers' use of bitsandbytes and in the paper
 * (section 2.3): most of their rows have no gradient in a step, and the rare large ones would set the block's scale.
 */
function momentBits(
  name: string,
  length: number,
  { stateBits }: Pick<OptimizerSettings, 'stateBits'>,
  { isEmbedding }: OptimizerOptions,
): 8 | 32 {
  return stateBits === 8 && length >= smallestQuantized && !isEmbedding?.(name) ? 8 : 32
}

/** Bytes that `moments` moments of these parameters take: for a forecast, before anything is allocated. */
export function optimizerStateBytes(
  settings: Pick<OptimizerSettings, 'stateBits' | 'kind'>,
  parameters: Iterable<{ name: string; length: number }>,
  options: OptimizerOptions = {},
): number {
  const moments = settings.kind === 'adamw' ? 2 : 1
  let bytes = 4 // the step
  for (const { name, length } of parameters) {
    const isQuantized = momentBits(name, length, settings, options) === 8
    bytes += moments * (isQuantized ? length + 4 * Math.ceil(length / blockSize) : 4 * length)
  }
  return bytes
}

interface UpdateRule {
  /** The kernel for float32 moments, and the one for codes and scales. */
  kernels: Record<32 | 8, KernelName>
  /** Names in the saved state: PyTorch's. */
  moments: readonly string[]
}

/** The moments of all parameters, and one update of everything: what AdamW and RMSprop share. */
export class ParameterUpdate {
  /** Moments under `<moment>.<parameter>`; those of 8 bits are codes, with scales under `<moment>_scale.<parameter>`. */
  readonly state = new Map<string, Float32Array | Uint8Array>()
  private readonly rule: UpdateRule
  private readonly pool: ElementPool
  private readonly groups: Record<
    32 | 8,
    { name: string; parameter: Float32Array; moments: ElementArray[]; decay: number }[]
  > = { 32: [], 8: [] }
  private prepared: { grads: TensorMap; works: PreparedWork[] } | null = null

  constructor(
    rule: UpdateRule,
    settings: OptimizerSettings,
    parameters: TensorMap,
    options: OptimizerOptions,
  ) {
    this.rule = rule
    this.pool = options.pool ?? inlinePool
    for (const [name, parameter] of parameters) {
      const bits = momentBits(name, parameter.length, settings, options)
      const moments = rule.moments.flatMap((moment) => this.allocate(moment, name, parameter.length, bits))
      const decay = options.noDecay?.(name) ? 0 : settings.weightDecay
      this.groups[bits].push({ name, parameter, moments, decay })
    }
  }

  private allocate(moment: string, name: string, length: number, bits: 8 | 32): ElementArray[] {
    const arrays: [string, Float32Array | Uint8Array][] =
      bits === 32
        ? [[`${moment}.${name}`, this.pool.float32(length)]]
        : [
            [`${moment}.${name}`, this.pool.bytes(length)],
            [`${moment}_scale.${name}`, this.pool.float32(Math.ceil(length / blockSize))],
          ]
    for (const [key, array] of arrays) this.state.set(key, array)
    return arrays.map(([, array]) => array)
  }

  /** Throws BAD_INPUT for a parameter without a gradient of its length, before anything has changed. */
  apply(grads: TensorMap, scalars: readonly number[]): void {
    if (this.prepared?.grads !== grads) this.prepared = { grads, works: this.prepare(grads) }
    for (const work of this.prepared.works) work.run(scalars)
  }

  private prepare(grads: TensorMap): PreparedWork[] {
    const bound = ([32, 8] as const).map((bits) => ({
      kernel: this.rule.kernels[bits],
      tensors: this.groups[bits].map(
        ({ name, parameter, moments, decay }): ElementWork['tensors'][number] => ({
          arrays: [parameter, gradientOf(grads, name, parameter.length), ...moments],
          length: parameter.length,
          constants: [decay],
        }),
      ),
    }))
    return bound
      .filter(({ tensors }) => tensors.length > 0)
      .map(({ kernel, tensors }) => this.pool.prepare(kernel, tensors))
  }
}

/** The gradient of a parameter, checked to have its length. */
function gradientOf(grads: TensorMap, name: string, length: number): Float32Array {
  const grad = grads.get(name)
  if (grad?.length !== length) {
    throw new AppError(
      'BAD_INPUT',
      `Parameter "${name}" of ${length} numbers needs a gradient of the same length; found ${grad?.length ?? 'none'}.`,
      { parameter: name, expected: length, found: grad?.length ?? null },
    )
  }
  return grad
}

/** Copies a saved state into the live one, tensor by tensor. */
export function copyState(from: OptimizerState, into: OptimizerState): void {
  for (const [name, target] of into) {
    const source = from.get(name)
    if (source?.length !== target.length || source instanceof Uint8Array !== target instanceof Uint8Array) {
      throw new AppError(
        'BAD_INPUT',
        `The saved optimizer state must hold "${name}" with ${target.length} ${target instanceof Uint8Array ? 'codes' : 'numbers'}; ` +
          `found ${source ? `${source.length} ${source instanceof Uint8Array ? 'codes' : 'numbers'}` : 'none'}. ` +
          'It belongs to another model or another optimizer: start this training anew.',
        { tensor: name, expected: target.length, found: source?.length ?? null },
      )
    }
    target.set(source)
  }
}
