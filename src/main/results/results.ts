import { existsSync, statSync } from 'node:fs'
import type { ResultModel, ResultsView, ScoreDifference } from '../../contract/app/results.ts'
import { AppError } from '../../contract/errors.ts'
import { baseIteration, Decision, type LoopSetup, sftIteration } from '../../contract/project.ts'
import { fromPortable } from '../loop/portable-paths.ts'
import { projectLayout } from '../loop/project-layout.ts'
import { modelDisk } from '../models/model-disk.ts'
import { readSetup } from '../runs/recorded-json.ts'
import { summarizeRun } from '../runs/run-summary.ts'
import type { IterationRow, RunRow } from '../store/run-queries.ts'
import type { Store } from '../store/store.ts'
import { measuredModels, type MeasuredModel } from './held-out-answers.ts'
import { compare, compareNll, resultTests } from './result-tests.ts'
import { verdictWords } from './verdict-words.ts'

/** What a run has made so far. Throws BAD_INPUT for an unknown run. */
export async function describeResults(
  store: Store,
  runId: number,
  liveRun: number | null,
): Promise<ResultsView> {
  const { row, projectDir, setup } = openRecord(store, runId)
  const run = summarizeRun(store, row, liveRun)
  const measured = await measuredModels(store, runId, projectDir)
  const inUse = iterationInUse(store, row)
  const { score } = setup.plan.stopRule
  const stages = store.stages(runId)
  return {
    run,
    models: await listModels({ store, row, projectDir, setup, inUse }),
    tests: await resultTests(measured, score, inUse),
    verdict: verdict(measured, score, inUse),
    totalSeconds: stages.reduce((sum, { seconds }) => sum + seconds, 0),
    heldOutRows: measured[0]?.evaluation.rows ?? null,
  }
}

export function openRecord(
  store: Store,
  runId: number,
): { row: RunRow; projectDir: string; setup: LoopSetup } {
  const row = store.run(runId)
  const project = row && store.project(row.projectId)
  if (!row || !project) {
    throw new AppError(
      'BAD_INPUT',
      `Expected the number of a recorded run, found ${runId}. Open it from the list.`,
      { runId },
    )
  }
  const setup = readSetup(row.setup, project.dir)
  return { row, projectDir: project.dir, setup }
}

/** The one that was chosen, else the best, else the newest, else the base. */
export function iterationInUse(store: Store, row: RunRow): number {
  const made = store.iterations(row.id).filter(({ modelDir }) => modelDir !== null)
  return store.runNote(row.id).inUse ?? row.bestIteration ?? made.at(-1)?.iteration ?? baseIteration
}

/** The folder of a run's model. Throws BAD_INPUT for an iteration that has none. */
export function modelDirOf(store: Store, runId: number, iteration: number): string {
  const { projectDir, setup } = openRecord(store, runId)
  if (iteration === baseIteration) return setup.modelDir
  const sft = store.stage({ runId, iteration: sftIteration, name: 'finetune' })
  const hasSft = sft?.state === 'done' || hasEvaluated(store, runId, sftIteration)
  if (iteration === sftIteration && hasSft) return projectLayout(projectDir).sft.model
  const found = store.iterations(runId).find((row) => row.iteration === iteration)
  if (found?.modelDir) return fromPortable(found.modelDir, projectDir) as string
  const name = iteration === sftIteration ? 'Plain SFT' : `Iteration ${iteration}`
  throw new AppError('BAD_INPUT', `${name} of run ${runId} has no model. Choose another.`, {
    runId,
    iteration,
  })
}

async function listModels({
  store,
  row,
  projectDir,
  setup,
  inUse,
}: {
  store: Store
  row: RunRow
  projectDir: string
  setup: LoopSetup
  inUse: number
}): Promise<ResultModel[]> {
  const made = store.iterations(row.id).filter(({ iteration }) => iteration !== baseIteration)
  const hasSft = hasEvaluated(store, row.id, sftIteration)
  const describe = async (
    iteration: number,
    dir: string,
    savedAt: number,
    remark: string | null,
  ): Promise<ResultModel> => ({
    iteration,
    dir,
    exists: existsSync(dir),
    bytes: await modelDisk(dir),
    savedAt,
    inUse: iteration === inUse,
    best: iteration === row.bestIteration,
    remark,
  })
  const sftDir = projectLayout(projectDir).sft.model
  return Promise.all([
    describe(baseIteration, setup.modelDir, row.createdAt, null),
    ...(hasSft ? [describe(sftIteration, sftDir, savedAtOf(sftDir), null)] : []),
    ...made.map((iteration) =>
      describe(
        iteration.iteration,
        iteration.modelDir === null ? '' : (fromPortable(iteration.modelDir, projectDir) as string),
        iteration.updatedAt,
        remarkOn(iteration),
      ),
    ),
  ])
}

const hasEvaluated = (store: Store, runId: number, wanted: number): boolean =>
  store.evaluations(runId).some(({ iteration }) => iteration === wanted)

const savedAtOf = (dir: string): number => statSync(dir, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** Why an iteration was not kept: the loop's own words. */
function remarkOn({ decision }: IterationRow): string | null {
  if (decision === null) return null
  const { improved, reason } = Decision.parse(JSON.parse(decision))
  return improved ? null : reason
}

function verdict(
  measured: readonly MeasuredModel[],
  score: 'sampled' | 'greedy' | 'nll',
  inUse: number,
): ResultsView['verdict'] {
  const against = (than: number): ScoreDifference | null =>
    score === 'nll' ? compareNll(measured, inUse, than) : compare(measured, inUse, than, score)
  const overBase = against(baseIteration)
  const overSft = inUse === sftIteration ? null : against(sftIteration)
  const overPrevious = inUse > 0 ? against(inUse - 1) : null
  return {
    iteration: inUse,
    overBase,
    overSft,
    overPrevious,
    words: verdictWords({ iteration: inUse, overBase, overSft, overPrevious }),
  }
}
