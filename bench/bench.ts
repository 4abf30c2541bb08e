import { now } from './clock.ts'
import type { Machine } from './machine.ts'

/** What every benchmark gets. */
export interface Bench {
  machine: Machine
  threads: number
  /** Fewer tokens and rows; the shapes stay. */
  quick: boolean
  samples: number
  /** A folder that is deleted at the end. */
  scratchDir: string
}

export interface Timing {
  bestMs: number
  /** (slowest − fastest) / fastest */
  spread: number
  samples: number
  /** The best GEMM rate seen around the samples, GFLOP/s: both sides of a ratio saw the same machine. */
  gemm: number
}

/** Warms up once, then times `run` `samples` times, with a GEMM sample before and after each. */
export async function bestOf(
  { machine, samples }: Pick<Bench, 'machine' | 'samples'>,
  run: () => Promise<unknown>,
): Promise<Timing> {
  await run()
  const times: number[] = []
  let gemm = await machine.sampleGemm()
  for (let i = 0; i < samples; i++) {
    const startedAt = now()
    await run()
    times.push(now() - startedAt)
    gemm = Math.max(gemm, await machine.sampleGemm())
  }
  const bestMs = Math.min(...times)
  return { bestMs, spread: Math.max(...times) / bestMs - 1, samples, gemm }
}
