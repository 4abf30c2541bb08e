import type { DeviceKind, DeviceProbe } from '../../contract/devices.ts'
import { AppError } from '../../contract/errors.ts'
import type { CompiledProgram } from '../onnx/compiled-program.ts'
import { lowerGraph } from '../onnx/lower.ts'
import ort from '../onnx/runtime.ts'
import * as t from '../tensor/build.ts'
import { Graph } from '../tensor/graph.ts'

/** Products one after the other in one run: what goes to the device and back is a small part of it. */
const chain = 4
const sizes = [256, 512, 1024, 2048, 4096] as const
const wholeMs = 2000

/**
 * Two seconds of products on one device, meant for a process of its own: a driver that brings the process down costs nothing
 * else. The size is the largest of which a run takes less than half of the time. A wrong product is a failure: there are drivers
 * that compute nonsense without a word. Throws ENGINE_UNAVAILABLE with the runtime's own words.
 */
export async function probeDevice(
  kind: DeviceKind,
  threads: number,
  signal: AbortSignal,
): Promise<DeviceProbe> {
  try {
    const first = await timeProducts(kind, sizes[0], threads, 0)
    let size: number = sizes[0]
    for (const next of sizes) if (floats(next) / first.rate < wholeMs / 2) size = next
    let best = { rate: first.rate, size: sizes[0] as number }
    if (size > best.size && !signal.aborted) {
      const { rate } = await timeProducts(kind, size, threads, wholeMs)
      if (rate > best.rate) best = { rate, size }
    }
    const types = ['f32']
    for (const half of ['f16', 'bf16'] as const) if (await multipliesHalves(kind, half)) types.push(half)
    return { gflops: best.rate / 1e6, size: best.size, types }
  } catch (error) {
    if (error instanceof AppError) throw error
    const said = error instanceof Error ? error.message : String(error)
    throw new AppError('ENGINE_UNAVAILABLE', said.split('\n')[0]!.slice(0, 400), { kind }, { cause: error })
  }
}

const floats = (n: number): number => chain * 2 * n ** 3

/** Floating-point operations a millisecond of the best run; at least two runs, the first to warm up. */
async function timeProducts(
  kind: DeviceKind,
  n: number,
  threads: number,
  forMs: number,
): Promise<{ rate: number }> {
  const graph = new Graph()
  const b = graph.input('b', 'f32', [n, n])
  let product = graph.input('a', 'f32', [n, n])
  for (let i = 0; i < chain; i++) product = t.gemm(product, b, { transB: true, alpha: 1 / n })
  // One row comes back: the whole would measure the bus.
  graph.output('c', t.slice(product, 0, 0, 1))
  const opened = await openProduct(graph, kind, threads)
  try {
    const ones = new Float32Array(n * n).fill(1)
    let bestMs = Infinity
    const until = performance.now() + forMs
    for (let run = 0; run < 2 || performance.now() < until; run++) {
      const startedAt = performance.now()
      const { c } = await opened.run({ a: ones, b: ones })
      const ms = performance.now() - startedAt
      if (run > 0) bestMs = Math.min(bestMs, ms)
      expectOnes(c as Float32Array, n)
    }
    return { rate: floats(n) / bestMs }
  } finally {
    await opened.release()
  }
}

/** Square matrices in, one row out, by whatever executes graphs on this device. */
type Product = Pick<CompiledProgram, 'run' | 'release'>

async function openProduct(graph: Graph, kind: DeviceKind, threads: number): Promise<Product> {
  if (kind === 'tensorflow') {
    const { openTensorFlow } = await import('../tensorflow/open-tensorflow.ts')
    const { TensorFlowProgram } = await import('../tensorflow/tensorflow-program.ts')
    return TensorFlowProgram.compile(await openTensorFlow(), graph)
  }
  const session = await openSession(lowerGraph(graph), kind, threads)
  return {
    async run(feeds) {
      const tensors = Object.entries(feeds).map(([name, numbers]) => {
        const data = numbers as Float32Array
        const side = Math.sqrt(data.length)
        return [name, new ort.Tensor('float32', data, [side, side])] as const
      })
      const { c } = await session.run(Object.fromEntries(tensors))
      return { c: c!.data as Float32Array }
    },
    release: () => session.release(),
  }
}

/** Means of ones are ones, exactly: every partial sum of n ≤ 4096 ones is a float. */
function expectOnes(values: Float32Array, n: number): void {
  const wrong = values.find((value) => !(Math.abs(value - 1) <= 1e-3)) // NaN too
  if (wrong !== undefined || values.length !== n)
    throw new AppError(
      'ENGINE_UNAVAILABLE',
      `Expected a product of ones to be 1, found ${wrong ?? `${values.length} values instead of ${n}`}: this device computes wrong results.`,
    )
}

/** 16-bit floats inside the graph alone: at its edges the binding does not carry them. */
async function multipliesHalves(kind: DeviceKind, half: 'f16' | 'bf16'): Promise<boolean> {
  if (kind === 'cpu' || kind === 'tensorflow') return false // computed through f32: no gain
  const n = 64
  const graph = new Graph()
  const a = t.cast(graph.input('a', 'f32', [n, n]), half)
  graph.output('c', t.cast(t.matMul(a, a), 'f32'))
  try {
    const session = await openSession(lowerGraph(graph, kind), kind, 1)
    try {
      const { c } = await session.run({
        a: new ort.Tensor('float32', new Float32Array(n * n).fill(1), [n, n]),
      })
      return (c!.data as Float32Array).every((value) => value === n)
    } finally {
      await session.release()
    }
  } catch {
    return false // the driver has no such type
  }
}

function openSession(model: Uint8Array, kind: DeviceKind, threads: number): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(model, {
    executionProviders: [kind],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
    // Otherwise a product that the device does not take would be computed, and measured, on the processor.
    extra: kind === 'cpu' ? {} : { session: { disable_cpu_ep_fallback: '1' } },
  })
}
