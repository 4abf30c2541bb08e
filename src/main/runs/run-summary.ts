import type { EvaluationResult } from '../../contract/engine.ts'
import type { IterationScore, RunSummary } from '../../contract/app.ts'
import { sftIteration } from '../../contract/project.ts'
import type { RunRow } from '../store/run-queries.ts'
import type { Store } from '../store/store.ts'
import { readEvaluation, readSetup } from './recorded-json.ts'
import { shortName } from './short-name.ts'

/** A run as the window shows it. `liveRun` is the run that this program is working on. Throws FILE_UNREADABLE. */
export function summarizeRun(store: Store, row: RunRow, liveRun: number | null): RunSummary {
  const project = store.project(row.projectId)
  const projectDir = project?.dir ?? ''
  const setup = readSetup(row.setup, projectDir)
  const scores = store
    .evaluations(row.id)
    .map((evaluation) => toScore(evaluation.iteration, readEvaluation(evaluation.result, projectDir)))
  return {
    id: row.id,
    projectId: row.projectId,
    project: project?.name ?? row.projectId,
    projectDir,
    model: shortName(setup.modelDir),
    dataset:
      setup.data.kind === 'import'
        ? setup.data.sources.map(shortName).join(', ')
        : shortName(setup.data.trainPath),
    trainRows: store.datasets(row.projectId).at(-1)?.trainRows ?? null,
    state: row.state,
    live: row.id === liveRun,
    plannedIterations: setup.plan.iterations.length,
    score: setup.plan.stopRule.score,
    scores: scores.filter(({ iteration }) => iteration !== sftIteration),
    sft: scores.find(({ iteration }) => iteration === sftIteration) ?? null,
    best: row.bestIteration,
    reason: row.reason,
    errorCode: row.errorCode,
    error: row.errorMessage,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
  }
}

function toScore(iteration: number, result: EvaluationResult): IterationScore {
  return {
    iteration,
    greedy: result.greedy,
    sampled: result.sampled,
    nll: result.heldOutNll,
    rewardAccuracy: result.rewardAccuracy,
    margin: result.margin,
    kl: result.kl,
    meanTokens: result.meanTokensGreedy,
  }
}
