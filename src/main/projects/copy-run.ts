import { setImmediate as otherWork } from 'node:timers/promises'
import { EvaluationResult } from '../../contract/engine.ts'
import type { Store } from '../store/store.ts'

const stepsPerPage = 500
const eventsCopied = 10_000

/** A run's numbers in both records. */
export interface CopiedRun {
  fromRun: number
  toRun: number
}

/**
 * Copies a project's run from another record, all but its training steps, under a number of this one; null where the other
 * has none. Paths in it are portable and stay as they are. Inside a transaction of `to`.
 */
export function copyRun(from: Store, to: Store, projectId: string): CopiedRun | null {
  const run = from.runOf(projectId)
  if (!run) return null
  for (const dataset of from.datasets(projectId)) to.saveDataset(dataset)
  const { setup, seed, createdAt } = run
  const runId = to.createRun({ projectId, setup, seed, createdAt })
  if (run.startedAt !== null) to.startRun(runId, run.startedAt)
  for (const iteration of from.iterations(run.id)) to.saveIteration({ ...iteration, runId })
  copyStages(from, to, run.id, runId)
  for (const evaluation of from.evaluations(run.id)) {
    const { iteration, result, createdAt: at } = evaluation
    to.saveEvaluation(runId, iteration, EvaluationResult.parse(JSON.parse(result)), at)
  }
  copyBenchmarks(from, to, run.id, runId)
  for (const event of from.eventPage(run.id, eventsCopied).toReversed()) to.saveEvent({ ...event, runId })
  if (run.state === 'finished' && run.bestIteration !== null) {
    to.finishRun(runId, run.bestIteration, run.reason ?? '', run.finishedAt ?? run.createdAt)
  } else if (run.state !== 'pending') {
    // One that says `running` is another program's, or was cut off: here it is gone on with like a paused one.
    const state = run.state === 'failed' ? 'failed' : 'paused'
    to.interruptRun(runId, state, run.errorCode, run.errorMessage)
  }
  return { fromRun: run.id, toRun: runId }
}

/** 100,000 steps are a second of work: a page at a time, so that windows and a run go on meanwhile. */
export async function copySteps(from: Store, to: Store, { fromRun, toRun }: CopiedRun): Promise<void> {
  const iterations = new Set(from.stages(fromRun).map(({ iteration }) => iteration))
  for (const iteration of iterations) {
    for (let after = -1; ;) {
      const steps = from.metricsPage(fromRun, iteration, stepsPerPage, after)
      const last = steps.at(-1)
      if (!last) break
      to.saveMetrics(toRun, iteration, steps)
      after = last.step
      await otherWork()
    }
  }
}

/** One that was at work there, or waited, waits here until a person goes on with it. */
function copyBenchmarks(from: Store, to: Store, oldId: number, runId: number): void {
  for (const row of from.benchmarksOf(oldId).toReversed()) {
    const { id: _id, state, problem, result, seconds, finishedAt, ...asked } = row
    const id = to.createBenchmark({ ...asked, runId })
    const scores = from.benchmarkScores(row.id)
    to.addBenchmarkSeconds(id, seconds)
    if (state === 'done' && result !== null)
      to.finishBenchmark(
        id,
        { result, modelSha256: row.modelSha256 ?? '', scores },
        finishedAt ?? row.createdAt,
      )
    else {
      to.saveBenchmarkScores(id, scores)
      to.setBenchmarkState(id, state === 'failed' ? 'failed' : 'paused', problem)
    }
  }
  const contamination = from.contamination(oldId)
  if (contamination !== undefined) to.saveContamination(runId, contamination, Date.now())
}

function copyStages(from: Store, to: Store, oldId: number, runId: number): void {
  const iterations = new Set<number>()
  for (const stage of from.stages(oldId)) {
    const key = { runId, iteration: stage.iteration, name: stage.name }
    iterations.add(stage.iteration)
    to.startStage(key, stage.request, stage.updatedAt)
    to.addStageSeconds(key, stage.seconds, stage.updatedAt)
    if (stage.state === 'done' && stage.result !== null)
      to.finishStage(key, stage.result, stage.outputs, stage.updatedAt)
    else
      to.stopStage(
        key,
        stage.state === 'failed' ? 'failed' : 'pending',
        stage.errorCode,
        stage.errorMessage,
        stage.updatedAt,
      )
  }
  for (const iteration of iterations) to.saveFractions(runId, iteration, from.fractions(oldId, iteration))
}
