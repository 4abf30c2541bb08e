import type { MessagePort } from 'node:worker_threads'
import { type ElementArray, elementKernels, type KernelName, rangeSize } from './element-kernels.ts'

/** One kernel over many tensors. `length` counts elements of a tensor; its arrays are what the kernel takes. */
export interface ElementWork {
  id: number
  kernel: KernelName
  tensors: readonly { arrays: readonly ElementArray[]; length: number; constants: readonly number[] }[]
}

export interface WorkerStart {
  port: MessagePort
  control: Int32Array
  scalars: Float64Array
}

/** The numbers through which threads agree: places in `control`. */
export const slots = { turn: 0, work: 1, next: 2, done: 3, failed: 4, count: 5 } as const

export interface Range {
  tensor: number
  from: number
  to: number
}

/** All ranges of a work in order: the same list in every thread. */
export function ranges(tensors: ElementWork['tensors']): Range[] {
  return tensors.flatMap(({ length }, tensor) =>
    Array.from({ length: rangeCount(length) }, (_, i) => ({
      tensor,
      from: i * rangeSize,
      to: Math.min((i + 1) * rangeSize, length),
    })),
  )
}

export const rangeCount = (length: number): number => Math.ceil(length / rangeSize)

/** Takes ranges until none is left. */
export function runRanges(
  { kernel, tensors }: ElementWork,
  inOrder: readonly Range[],
  control: Int32Array,
  scalars: Float64Array,
): void {
  const compute = elementKernels[kernel]
  for (;;) {
    const range = inOrder[Atomics.add(control, slots.next, 1)]
    if (!range) return
    const { arrays, constants } = tensors[range.tensor]!
    compute(arrays, range.from, range.to, constants, scalars)
  }
}
