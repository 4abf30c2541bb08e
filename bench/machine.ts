import { availableParallelism, cpus, freemem, loadavg, totalmem } from 'node:os'
import { Program } from '../src/engine/onnx/program.ts'
import * as t from '../src/engine/tensor/build.ts'
import { Graph } from '../src/engine/tensor/graph.ts'
import type { Bench } from './bench.ts'
import { now } from './clock.ts'
import { figure, type Figure } from './figure.ts'
import { randomArray } from './random-model.ts'

const gemmSizes = [1024, 2048] as const

/** What the machine can do at best, by the same runtime and threads as the engine: the bounds of all ratios. */
export class Machine {
  readonly threads: number
  /** GFLOP/s of square f32 products, weights as inputs, the result fetched; the best so far. */
  readonly gemmRates = new Map<number, number>()
  /** GB/s over arrays far larger than the cache; the best so far. */
  readBandwidth = 0
  addBandwidth = 0
  private readonly products: { n: number; program: Program; feeds: Record<string, Float32Array> }[]

  private constructor(threads: number, products: Machine['products']) {
    this.threads = threads
    this.products = products
  }

  static async open(threads: number): Promise<Machine> {
    const products = []
    for (const n of gemmSizes) {
      const graph = new Graph()
      const a = graph.input('a', 'f32', [n, n])
      const b = graph.input('b', 'f32', [n, n])
      graph.output('c', t.gemm(a, b, { transB: true }))
      const program = await Program.compile(graph, { threads })
      const feeds = { a: randomArray(n * n, 1), b: randomArray(n * n, 2) }
      await program.run(feeds)
      products.push({ n, program, feeds })
    }
    return new Machine(threads, products)
  }

  /** One product of each size: the best rate of the two, in GFLOP/s. */
  async sampleGemm(): Promise<number> {
    let best = 0
    for (const { n, program, feeds } of this.products) {
      const startedAt = now()
      await program.run(feeds)
      const rate = (2 * n ** 3) / (now() - startedAt) / 1e6
      this.gemmRates.set(n, Math.max(rate, this.gemmRates.get(n) ?? 0))
      best = Math.max(best, rate)
    }
    return best
  }

  /**
   * Reading alone (a sum: what decoding does with weights) and reading two arrays to write a third (an addition).
   * `bytes`: of one array. Each array must exceed the last cache level by far.
   */
  async sampleBandwidth(bytes: number, samples: number): Promise<void> {
    const columns = 2 ** 14
    const rows = bytes / 4 / columns
    const x = new Float32Array(rows * columns).fill(1)
    const y = new Float32Array(rows * columns).fill(2)
    const sum = new Graph()
    sum.output('s', t.reduceSum(sum.input('x', 'f32', [rows, columns]), [1]))
    const add = new Graph()
    // Summed at once, so that the result is not copied to the host.
    const both = t.add(add.input('x', 'f32', [rows, columns]), add.input('y', 'f32', [rows, columns]))
    add.output('s', t.slice(t.slice(both, 0, 0, 1), 1, 0, 1))
    const timeOf = async (graph: Graph, feeds: Record<string, Float32Array>) => {
      const program = await Program.compile(graph, { threads: this.threads })
      await program.run(feeds)
      let bestMs = Infinity
      for (let i = 0; i < samples; i++) {
        const startedAt = now()
        await program.run(feeds)
        bestMs = Math.min(bestMs, now() - startedAt)
      }
      await program.release()
      return bestMs
    }
    this.readBandwidth = Math.max(this.readBandwidth, bytes / (await timeOf(sum, { x })) / 1e6)
    this.addBandwidth = Math.max(this.addBandwidth, (3 * bytes) / (await timeOf(add, { x, y })) / 1e6)
  }

  get bandwidth(): number {
    return Math.max(this.readBandwidth, this.addBandwidth)
  }

  async release(): Promise<void> {
    for (const { program } of this.products) await program.release()
  }
}

/** For the report: what ran, and how busy the machine was with other work. */
export const machineState = (threads: number) => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  threads,
  memoryBytes: totalmem(),
  freeMemoryBytes: freemem(),
  loadAverage: loadavg().map((x) => Math.round(x * 100) / 100),
  node: process.version,
  platform: `${process.platform}/${process.arch}`,
})

export async function* benchMachine({ machine, quick }: Bench): AsyncGenerator<Figure> {
  for (let i = 0; i < (quick ? 5 : 15); i++) await machine.sampleGemm()
  for (const [n, rate] of machine.gemmRates) {
    yield figure('machine', {
      name: `GEMM ${n}³ f32`,
      value: rate,
      unit: 'GFLOP/s',
      samples: quick ? 5 : 15,
      note: 'weights as inputs, result fetched',
    })
  }
  yield figure('machine', {
    name: 'memory, read',
    value: machine.readBandwidth,
    unit: 'GB/s',
    note: 'row sums',
  })
  yield figure('machine', {
    name: 'memory, add',
    value: machine.addBandwidth,
    unit: 'GB/s',
    note: 'two arrays read, one written',
  })
}
