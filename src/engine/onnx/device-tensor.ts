import type { Dtype } from '../tensor/dtype.ts'
import type { Shape } from '../tensor/graph.ts'
import { sizeOf } from '../tensor/shape-rules.ts'

/** Whose memory a tensor lies in. `host`: ordinary arrays, where the backend has no memory of its own. */
export type DeviceHome = 'host' | 'webgpu'

const bytesPerNumber: Record<Dtype, number> = {
  f32: 4,
  f64: 8,
  f16: 2,
  bf16: 2,
  i32: 4,
  i64: 8,
  i8: 1,
  u8: 1,
  bool: 1,
}

let live = 0
let liveBytes = 0

/** Tensors that nobody has disposed of yet: a loop over steps must come back to the same number. */
export const liveDeviceTensors = (): { tensors: number; bytes: number } => ({
  tensors: live,
  bytes: liveBytes,
})

/**
 * Numbers in a device's memory: the output of a program that any program of the same device may be fed, with no way
 * through the host. Only a program that writes in place changes it. Its memory is held until `dispose`: the garbage collector knows nothing of it.
 */
export class DeviceTensor {
  readonly dtype: Dtype
  readonly shape: Shape
  readonly home: DeviceHome
  private readonly free: () => void
  private held: unknown

  /** For programs alone: `held` is what the backend knows it by, `free` gives its memory back. */
  constructor(
    home: DeviceHome,
    held: unknown,
    { dtype, shape }: { dtype: Dtype; shape: Shape },
    free: () => void,
  ) {
    this.home = home
    this.held = held
    this.dtype = dtype
    this.shape = shape
    this.free = free
    live++
    liveBytes += this.bytes
  }

  get bytes(): number {
    return sizeOf(this.shape) * bytesPerNumber[this.dtype]
  }

  /** What the backend at `home` knows this tensor by. Throws where it lies elsewhere, or was disposed of. */
  heldAt(home: DeviceHome): unknown {
    if (this.held === undefined)
      throw new Error(`a tensor [${this.shape}] on the device was used after it had been disposed of`)
    if (this.home !== home)
      throw new Error(
        `expected a tensor in the memory of ${home}, found one [${this.shape}] of ${this.home}: fetch it and send it again`,
      )
    return this.held
  }

  /** Gives the memory back; again does nothing. */
  dispose(): void {
    if (this.held === undefined) return
    this.held = undefined
    live--
    liveBytes -= this.bytes
    this.free()
  }
}
