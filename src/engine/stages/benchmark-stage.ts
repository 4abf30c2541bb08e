import { mkdir } from 'node:fs/promises'
import type { z } from 'zod'
import type { BenchmarkProvenance } from '../../contract/benchmarks.ts'
import type {
  BenchmarkRequest,
  BenchmarkResult,
  BenchmarkTaskDone,
  LogEvent,
  Progress,
} from '../../contract/engine.ts'
import { describeEngine } from '../describe.ts'
import { settingsHash } from '../training/settings-hash.ts'
import { loadTasks, openMeasuredModel } from './benchmark-tasks.ts'
import { batchAfter } from './memory-attempt.ts'
import { type LoadedTask, runBenchmark } from './run-benchmark.ts'

type Request = z.output<typeof BenchmarkRequest>

const leastBatchTokens = 64

/** The benchmarks of one model: each task's questions with what became of them, and its scores (see run-benchmark.ts). */
export async function* benchmarkStage(
  request: Request,
  signal: AbortSignal,
): AsyncGenerator<Progress | LogEvent | BenchmarkTaskDone | BenchmarkResult> {
  const startedAt = performance.now()
  const { settings, outDir, dataDir } = request
  const { profile, chatTemplate, limit } = settings
  const model = await openMeasuredModel(request.modelDir)
  const tasks = yield* loadTasks(dataDir, settings, model, signal)
  await mkdir(outDir, { recursive: true })
  const batchTokens = Math.max(leastBatchTokens, batchAfter(request.batchTokens, request.memoryAttempt))
  const run = { model, tasks, profile, chatTemplate, outDir, batchTokens }
  const totals = yield* runBenchmark(run, signal)
  const provenance: BenchmarkProvenance = {
    modelSha256: await model.folder.sha256(),
    profile,
    chatTemplate,
    limit,
    dataSha256: Object.fromEntries(tasks.map((task) => [task.name, dataHash(task)])),
    versions: (await describeEngine()).versions,
  }
  yield { kind: 'done', ...totals, provenance, seconds: (performance.now() - startedAt) / 1000 }
}

function dataHash({ parts }: LoadedTask): string {
  const hashes = [...new Set(parts.map(({ dataSha256 }) => dataSha256))]
  return hashes.length === 1 ? hashes[0]! : settingsHash(hashes)
}
