import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { EvaluationResult } from '../../contract/engine.ts'
import type { Report } from '../../contract/report.ts'
import type { LoopOutcome } from '../../contract/project.ts'
import type { App } from '../app.ts'
import {
  buildReport,
  type IterationFindings,
  type ReportFindings,
  type TrainedModel,
} from '../report/build-report.ts'
import { readAnswers, type NamedAnswers } from '../report/held-out-scores.ts'
import { replaceFile } from '../replace-file.ts'
import { reportHtml } from '../report/report-html.ts'
import { trainingCurve } from '../report/training-curve.ts'
import { baseName, iterationName, sftName } from '../report/verdict-sentence.ts'
import type { ComparisonContext, equalSft } from './comparison-stages.ts'
import type { DemoRecord } from './demo-record.ts'

export interface DemoFindings {
  context: ComparisonContext
  tempered: { temperature: number; evaluation: EvaluationResult }[]
  sft: Awaited<ReturnType<typeof equalSft>>
  record: DemoRecord
  dataset: { trainRows: number; testRows: number }
  versions: Record<string, string>
}

/** Writes report.json and report.html into the demo's folder. */
export function writeDemoReport({ context, tempered, sft, record, dataset, versions }: DemoFindings): Report {
  const { app, dir, outcome } = context
  const answersOf = ({ answersPath }: EvaluationResult) => readAnswers(answersPath)
  const iterations = outcome.iterations.flatMap((found) => iterationFindings(app, outcome, found) ?? [])
  const sftModel: TrainedModel = {
    evaluation: { ...sft.evaluation.result, seconds: sft.evaluation.seconds },
    answers: answersOf(sft.evaluation.result),
    finetune: { ...sft.finetune.result, seconds: sft.finetune.seconds },
    curve: trainingCurve(sft.steps),
  }
  const base: ReportFindings['base'] = {
    modelSha256: outcome.base.modelSha256,
    evaluation: { ...outcome.base.evaluation, seconds: outcome.base.seconds },
    answers: answersOf(outcome.base.evaluation),
    tempered: tempered.map(({ temperature, evaluation }) => ({
      temperature,
      answers: answersOf(evaluation),
    })),
  }
  const report = buildReport({
    title: 'SPIN Studio demo',
    createdAt: record.finishedAt ?? new Date().toISOString(),
    settings: record.settings,
    dataset,
    base,
    iterations,
    sft: sftModel,
    seconds: record.seconds,
    peakRssBytes: record.peakMainBytes + record.peakEngineBytes,
    versions,
  })
  const models: NamedAnswers[] = [
    { name: baseName, answers: base.answers },
    { name: sftName, answers: sftModel.answers },
    ...iterations.map(({ iteration, answers }) => ({ name: iterationName(iteration), answers })),
  ]
  replaceFile(join(dir, 'report.json'), `${JSON.stringify(report, null, 2)}\n`)
  replaceFile(join(dir, 'report.html'), reportHtml(report, models))
  return report
}

function iterationFindings(
  app: App,
  outcome: LoopOutcome,
  found: LoopOutcome['iterations'][number],
): IterationFindings | null {
  const { iteration, generate, gather, finetune, evaluation, seconds } = found
  if (!finetune || !evaluation) return null
  return {
    iteration,
    finetune,
    evaluation,
    answers: readAnswers(evaluation.answersPath),
    curve: trainingCurve(app.store.metricsPage(outcome.runId, iteration, 100_000)),
    generatedSha256: createHash('sha256')
      .update(`${generate.train.sha256}\n${generate.test.sha256}\n`)
      .digest('hex'),
    pairsSha256: gather.sha256,
    audit: gather.train,
    seconds: {
      generate: seconds.generate ?? 0,
      gather: seconds.gather ?? 0,
      finetune: seconds.finetune ?? 0,
      evaluate: seconds.evaluate ?? 0,
    },
  }
}
