import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { AppError } from '../../contract/errors.ts'
import { type ElementArray, elementKernels, type KernelName } from './element-kernels.ts'
import { type ElementWork, ranges, runRanges, slots, type WorkerStart } from './element-work.ts'

/** Below so many elements the hand-over costs more than it saves. */
const sharedWorkElements = 2_000_000
/** The loops are bound by memory bandwidth, which a few cores exhaust. */
const maxThreads = 8
const workerPatienceMs = 120_000

/** Threads worth using on so many elements, of those that there are. */
export function elementThreads(elements: number, threads: number): number {
  return elements < sharedWorkElements ? 1 : Math.min(threads, maxThreads)
}

/** A copy that workers can reach, for parameters that were read from a file. */
export function sharedCopy(values: Float32Array): Float32Array {
  const copy = new Float32Array(new SharedArrayBuffer(values.byteLength))
  copy.set(values)
  return copy
}

/** Work that is run again and again on the same arrays. */
export interface PreparedWork {
  run(scalars: readonly number[]): void
}

/**
 * Elementwise loops (gradient norm, optimizer) over this thread and `threads − 1` workers. Ranges are handed out as they
 * come and are independent, so every result is the same to the bit whatever the number of threads. Arrays that are not in
 * shared memory are worked on by this thread alone: take them from `float32` and `bytes`.
 */
export class ElementPool {
  readonly threads: number
  private readonly workers: { worker: Worker; port: MessagePort }[]
  private readonly control = new Int32Array(new SharedArrayBuffer(slots.count * 4))
  private readonly scalars = new Float64Array(new SharedArrayBuffer(16 * 8))
  private works = 0

  private constructor(threads: number) {
    this.threads = threads
    this.workers = Array.from({ length: threads - 1 }, () => {
      const { port1, port2 } = new MessageChannel()
      const start: WorkerStart = { port: port2, control: this.control, scalars: this.scalars }
      return {
        worker: new Worker(workerPath(), { workerData: start, transferList: [port2] }),
        port: port1,
      }
    })
  }

  static inline(): ElementPool {
    return new ElementPool(1)
  }

  /** Resolves when all workers run. */
  static async open(threads: number): Promise<ElementPool> {
    const pool = new ElementPool(threads)
    await Promise.all(
      pool.workers.map(
        ({ worker, port }) =>
          new Promise<void>((resolve, reject) => {
            worker.once('error', reject)
            port.once('message', () => {
              // A process that ends without closing its pool is not kept alive by it.
              worker.unref()
              port.unref()
              resolve()
            })
          }),
      ),
    )
    return pool
  }

  float32(length: number): Float32Array {
    return new Float32Array(this.buffer(length * 4))
  }

  float64(length: number): Float64Array {
    return new Float64Array(this.buffer(length * 8))
  }

  bytes(length: number): Uint8Array {
    return new Uint8Array(this.buffer(length))
  }

  private buffer(bytes: number): ArrayBuffer | SharedArrayBuffer {
    return this.threads > 1 ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes)
  }

  /** Tells the workers of the arrays once; the arrays stay theirs until the pool is closed. */
  prepare(kernel: KernelName, tensors: ElementWork['tensors']): PreparedWork {
    const work: ElementWork = { id: ++this.works, kernel, tensors }
    const inOrder = ranges(tensors)
    const isShared = tensors.every(({ arrays }) => arrays.every(isInSharedMemory))
    if (this.workers.length === 0 || !isShared) {
      const compute = elementKernels[kernel]
      return {
        run: (scalars) => {
          for (const { tensor, from, to } of inOrder) {
            const { arrays, constants } = tensors[tensor]!
            compute(arrays, from, to, constants, scalars)
          }
        },
      }
    }
    for (const { port } of this.workers) port.postMessage(work)
    return {
      run: (scalars) => {
        this.scalars.set(scalars)
        this.control[slots.work] = work.id
        this.control[slots.next] = 0
        this.control[slots.done] = 0
        this.control[slots.failed] = 0
        Atomics.add(this.control, slots.turn, 1)
        Atomics.notify(this.control, slots.turn)
        runRanges(work, inOrder, this.control, this.scalars)
        this.awaitWorkers(kernel)
      },
    }
  }

  private awaitWorkers(kernel: KernelName): void {
    const deadline = performance.now() + workerPatienceMs
    for (;;) {
      const done = Atomics.load(this.control, slots.done)
      if (done === this.workers.length) break
      const left = deadline - performance.now()
      if (left <= 0 || Atomics.wait(this.control, slots.done, done, left) === 'timed-out') {
        throw new AppError(
          'INTERNAL',
          `Expected ${this.workers.length} worker threads to finish "${kernel}"; ${done} did within ${workerPatienceMs / 1000} s. ` +
            'Start the same command again: it continues from the last checkpoint. SPIN_STUDIO_THREADS=1 works without workers.',
        )
      }
    }
    if (Atomics.load(this.control, slots.failed) !== 0) {
      throw new AppError(
        'INTERNAL',
        `A worker thread failed in "${kernel}"; its stack is in the engine's log.`,
      )
    }
  }

  async close(): Promise<void> {
    for (const { worker, port } of this.workers.splice(0)) {
      port.close()
      await worker.terminate()
    }
  }
}

const isInSharedMemory = ({ buffer }: ElementArray): boolean => buffer instanceof SharedArrayBuffer

/** The TypeScript source as it is, or the bundle: beside this file's chunk or one folder above it. */
function workerPath(): string {
  const here = dirname(fileURLToPath(import.meta.url))
  if (import.meta.url.endsWith('.ts')) return join(here, 'element-worker.ts')
  const bundled = [join(here, 'element-worker.js'), join(here, '..', 'element-worker.js')]
  return bundled.find((path) => existsSync(path)) ?? bundled[0]!
}

/** This thread alone, in ordinary memory. */
export const inlinePool: ElementPool = ElementPool.inline()
