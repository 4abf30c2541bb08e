import type { ComparedRun, RunChange } from '../../contract/app/compare.ts'
import type { ResultTest } from '../../contract/app/results.ts'
import { baseIteration } from '../../contract/project.ts'
import { measuredModels } from '../results/held-out-answers.ts'
import { resultTests } from '../results/result-tests.ts'
import { iterationInUse, openRecord } from '../results/results.ts'
import { summarizeRun } from '../runs/run-summary.ts'
import type { Store } from '../store/store.ts'
import { runCurves } from './run-curves.ts'

/** One run as it stands beside others. Throws BAD_INPUT for an unknown run. */
export async function comparedRun(
  store: Store,
  { runId, iteration: asked }: { runId: number; iteration: number | null },
  liveRun: number | null,
): Promise<ComparedRun> {
  const { row, projectDir, setup } = openRecord(store, runId)
  const iteration = asked ?? iterationInUse(store, row)
  const measured = await measuredModels(store, runId, projectDir)
  const tests = await resultTests(measured, setup.plan.stopRule.score, iteration)
  return {
    run: summarizeRun(store, row, liveRun),
    note: store.runNote(runId).note,
    setup,
    iteration,
    score: tests[0]?.scores[iteration]?.mean ?? null,
    curves: await runCurves(store, runId, setup.plan.iterations.length),
    changes: tests.flatMap((test) => changeOf(test, iteration)),
    seconds: store.stages(runId).reduce((sum, { seconds }) => sum + seconds, 0),
  }
}

function changeOf(test: ResultTest, iteration: number): RunChange[] {
  const { id: testId, name, unit, higherIsBetter, scores, againstBase } = test
  if (againstBase) {
    const { mean, half } = againstBase
    return [
      {
        testId,
        name,
        unit,
        mean,
        low: half === null ? null : mean - half,
        high: half === null ? null : mean + half,
      },
    ]
  }
  const [score, base] = [scores[iteration], scores[baseIteration]]
  if (!score || !base || iteration === baseIteration) return []
  const mean = (higherIsBetter ? 1 : -1) * (score.mean - base.mean)
  return [{ testId, name, unit, mean, low: null, high: null }]
}
