import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { expectMeasurable } from '../benchmarks/asked-evaluation.ts'
import { harnessResults } from '../benchmarks/harness-results.ts'
import { fetchBenchmarkData } from '../benchmarks/hub/fetch-benchmark-data.ts'
import { hubUrl } from '../benchmarks/hub/hub-tree.ts'
import { replaceFile } from '../replace-file.ts'
import type { BenchmarkAsk } from './benchmark-options.ts'
import { costText, scoresText } from './benchmark-text.ts'
import type { CommandContext } from './command.ts'
import { createEventView, followStage } from './follow-stage.ts'

/** Measures a model with benchmarks and writes the results as lm-evaluation-harness does; the same again goes on. */
export async function evaluateBenchmarks(context: CommandContext, ask: BenchmarkAsk): Promise<void> {
  const { modelDir, dataDir, outDir, settings } = ask
  const { display, signal } = context
  if (ask.fetch) await fetchData(context, ask)
  const taskFiles = settings.taskFiles
  const { tasks } = await context.engine().call('benchmarkData', { dataDir, taskFiles }, { signal })
  expectMeasurable(settings, tasks)
  if (ask.costOnly) {
    display.line(costText(await followStage(context, 'benchmarkCost', { modelDir, dataDir, settings })))
    return
  }
  mkdirSync(outDir, { recursive: true })
  const startedAt = Date.now()
  const result = await followStage(context, 'benchmark', { modelDir, dataDir, outDir, settings })
  const asked = tasks.filter(({ task }) => settings.tasks.includes(task))
  const { seconds } = result
  const json = harnessResults({ modelDir, settings, result, tasks: asked, startedAt, seconds })
  mkdirSync(dirname(ask.resultPath), { recursive: true })
  replaceFile(ask.resultPath, `${JSON.stringify(json, null, 2)}\n`)
  display.line(scoresText(result, asked))
  display.line(`results: ${ask.resultPath}`)
  display.line(`questions: ${outDir}`)
}

async function fetchData(
  { display, signal }: CommandContext,
  { dataDir, settings }: BenchmarkAsk,
): Promise<void> {
  const show = createEventView(display)
  for await (const event of fetchBenchmarkData({ dataDir, tasks: settings.tasks, base: hubUrl(), signal })) {
    if (event.kind !== 'done') show('', event)
  }
  display.settle()
}
