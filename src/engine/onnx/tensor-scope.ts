import { DeviceTensor } from './device-tensor.ts'

/** Tensors of one piece of work, so that none outlives it: whatever happens, `dispose` frees what was not freed before. */
export class TensorScope {
  private readonly held: DeviceTensor[] = []

  /** Remembers what of these values lies on the device, and hands them back. */
  hold<T extends readonly unknown[]>(...values: T): T {
    for (const value of values) if (value instanceof DeviceTensor) this.held.push(value)
    return values
  }

  dispose(): void {
    for (const tensor of this.held) tensor.dispose()
    this.held.length = 0
  }
}
