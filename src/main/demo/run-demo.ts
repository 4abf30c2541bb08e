import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { ImportResult } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { baseIteration, LoopSetup } from '../../contract/project.ts'
import type { Report } from '../../contract/report.ts'
import type { App } from '../app.ts'
import { acquireProjectLock } from '../loop/project-lock.ts'
import { duration } from '../report/number-format.ts'
import { createEventView } from '../terminal/follow-stage.ts'
import { createLoopView } from '../terminal/loop-view.ts'
import type { ProgressDisplay } from '../terminal/progress-display.ts'
import { equalSft, temperedBase, type ComparisonContext } from './comparison-stages.ts'
import { startCostMeter } from './cost-meter.ts'
import type { DemoOptions } from './demo-options.ts'
import { demoLoopPlan, demoNumbers } from './demo-plan.ts'
import type { OpenDemo } from './demo-record.ts'
import { writeDemoReport } from './demo-report.ts'
import type { StarterFiles } from './starter-files.ts'

export interface DemoRun {
  app: App
  options: DemoOptions
  starter: StarterFiles
  demo: OpenDemo
  display: ProgressDisplay
  signal: AbortSignal
}

/** What decides a demo's numbers; another set of these is another demo. */
export function demoSettings(
  { iterations, seed }: DemoOptions,
  starter: StarterFiles,
): Record<string, unknown> {
  return {
    iterations,
    seed,
    numbers: demoNumbers,
    plan: demoLoopPlan({ iterations, seed }),
    starter: starter.sha256,
  }
}

/**
 * Base → self-play iterations → equal SFT → the base at lower temperatures → report. Each step is skipped when it was
 * done before, so that the same call after any interruption finishes the job with the same bytes.
 */
export async function runDemo({ app, options, starter, demo, display, signal }: DemoRun): Promise<Report> {
  const { out: dir, iterations, seed } = options
  const finished = demo.record.finishedAt !== null
  const meter = finished ? null : startCostMeter(demo, app.enginePid)
  try {
    const plan = demoLoopPlan({ iterations, seed })
    const setup = LoopSetup.parse({
      modelDir: starter.modelDir,
      data: { kind: 'import', sources: starter.datasetFiles, limit: demoNumbers.prompts, seed },
      plan,
    })
    const outcome = await app.runLoop({
      projectDir: dir,
      setup,
      name: 'Demo',
      signal,
      onEvent: createLoopView(display),
    })
    const view = createEventView(display)
    const context: ComparisonContext = {
      app,
      dir,
      plan,
      outcome,
      signal,
      onEvent: view,
      onDone(label, seconds, skipped) {
        display.settle()
        display.line(
          skipped ? `${label} before, in ${duration(seconds)}` : `${label} in ${duration(seconds)}`,
        )
      },
    }
    const sft = await equalSft(context, seed)
    const tempered = await temperedBase(context)
    const { versions, peakRssBytes, device } = await app.engine.call('describe', {}, { signal })
    if (!finished) demo.record.peakEngineBytes = Math.max(demo.record.peakEngineBytes, peakRssBytes)
    meter?.stop()
    const report = writeDemoReport({
      context,
      sft,
      tempered,
      record: demo.record,
      dataset: importedRows(app, outcome.runId),
      versions: { ...versions, device },
    })
    demo.record.finishedAt ??= report.createdAt
    demo.save()
    return report
  } finally {
    meter?.stop()
  }
}

/** How many rows the loop's import kept, from the run's record. */
function importedRows(app: App, runId: number): { trainRows: number; testRows: number } {
  const stage = app.store.stage({ runId, iteration: baseIteration, name: 'reformat' })
  const { trainRows, testRows } = ImportResult.parse(JSON.parse(stage?.result ?? 'null'))
  return { trainRows, testRows }
}

const waitForOtherMs = 30_000
/** An engine whose host was killed ends itself within half a second (engine/parent-watch.ts). */
const engineLingerMs = 700

/**
 * Takes the demo's folder for this process. A demo whose starter was just killed is still ending: it is waited for.
 * @throws AppError BUSY, CANCELLED
 */
export async function lockDemo(
  dir: string,
  display: ProgressDisplay,
  signal: AbortSignal,
): Promise<() => void> {
  const giveUpAt = performance.now() + waitForOtherMs
  for (let said = false; ; said = true) {
    try {
      const release = acquireProjectLock(join(dir, 'demo.lock'))
      if (said) await wait(engineLingerMs)
      return release
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'BUSY' || performance.now() > giveUpAt) throw error
      if (!said)
        display.line(`process ${String(error.data['pid'])} is at work in ${dir}: waiting for it to end`)
    }
    await wait(500)
    if (signal.aborted) throw new AppError('CANCELLED', 'Stopped while waiting.')
  }
}
