import type { EvaluationAnswer, EvaluationResult, FinetuneResult, PairAudit } from '../../contract/engine.ts'
import { Report, type Comparison, type CurvePoint, type ReportTraining } from '../../contract/report.ts'
import { bootstrapMean } from './paired-bootstrap.ts'
import { compareModels, promptScore, reportEvaluation, type NamedAnswers } from './held-out-scores.ts'
import {
  baseName,
  bestLowerTemperature,
  iterationName,
  sftName,
  temperedBaseName,
  verdictSentence,
} from './verdict-sentence.ts'

export interface EvaluatedModel {
  evaluation: EvaluationResult
  answers: readonly EvaluationAnswer[]
}

export interface TrainedModel extends EvaluatedModel {
  finetune: FinetuneResult
  curve: readonly CurvePoint[]
}

export interface IterationFindings extends TrainedModel {
  iteration: number
  generatedSha256: string
  pairsSha256: string
  audit: PairAudit | null
  seconds: { generate: number; gather: number; finetune: number; evaluate: number }
}

export interface ReportFindings {
  title: string
  createdAt: string
  settings: Record<string, unknown>
  dataset: { trainRows: number; testRows: number }
  /** `tempered`: the base's answers at other temperatures. */
  base: EvaluatedModel & {
    modelSha256: string
    tempered: { temperature: number; answers: readonly EvaluationAnswer[] }[]
  }
  iterations: readonly IterationFindings[]
  sft: TrainedModel | null
  seconds: number
  peakRssBytes: number
  versions: Record<string, string>
}

/** Everything the report says, computed from the stages' results and answers; the same findings give the same report. */
export function buildReport(findings: ReportFindings): Report {
  const temperatures = findings.base.tempered.map(({ temperature, answers }) => {
    const interval = bootstrapMean(answers.map((answer) => promptScore(answer, 'sampled')))
    return { temperature, sampled: interval.mean, standardError: interval.standardError }
  })
  const report: Omit<Report, 'sentence' | 'comparisons'> = {
    format: 1,
    title: findings.title,
    createdAt: findings.createdAt,
    settings: findings.settings,
    dataset: findings.dataset,
    base: {
      model: { sha256: findings.base.modelSha256 },
      evaluation: reportEvaluation(findings.base.evaluation, findings.base.answers),
      temperatures,
      seconds: { evaluate: findings.base.evaluation.seconds },
    },
    iterations: findings.iterations.map((found) => ({
      iteration: found.iteration,
      generated: { sha256: found.generatedSha256 },
      pairs: { sha256: found.pairsSha256, audit: found.audit },
      train: reportTraining(found),
      model: { sha256: found.finetune.modelSha256 },
      evaluation: reportEvaluation(found.evaluation, found.answers),
      seconds: found.seconds,
    })),
    sft: findings.sft && {
      train: reportTraining(findings.sft),
      model: { sha256: findings.sft.finetune.modelSha256 },
      evaluation: reportEvaluation(findings.sft.evaluation, findings.sft.answers),
      seconds: { finetune: findings.sft.finetune.seconds, evaluate: findings.sft.evaluation.seconds },
    },
    seconds: findings.seconds,
    peakRssBytes: findings.peakRssBytes,
    versions: findings.versions,
  }
  const comparisons = compareAll(findings, report)
  return Report.parse({ ...report, comparisons, sentence: verdictSentence({ ...report, comparisons }) })
}

/** Every iteration, and SFT, against the base; the last iteration against SFT, its predecessor and the tempered base. */
function compareAll(findings: ReportFindings, report: Pick<Report, 'base'>): Comparison[] {
  const base: NamedAnswers = { name: baseName, answers: findings.base.answers }
  const iterations = findings.iterations.map((found) => ({
    name: iterationName(found.iteration),
    answers: found.answers,
  }))
  const last = iterations.at(-1)!
  const sft = findings.sft && { name: sftName, answers: findings.sft.answers }
  const pairs: [NamedAnswers, NamedAnswers][] = iterations.map((iteration) => [iteration, base])
  if (sft) pairs.push([sft, base], [last, sft])
  if (iterations.length > 1) pairs.push([last, iterations.at(-2)!])

  const sampled = findings.base.evaluation.sampled !== null
  const comparisons = pairs.flatMap(([better, than]) =>
    (sampled ? (['sampled', 'greedy'] as const) : (['greedy'] as const)).map((score) =>
      compareModels(better, than, score),
    ),
  )
  const best = bestLowerTemperature(report)
  const tempered = best && findings.base.tempered.find(({ temperature }) => temperature === best.temperature)
  if (sampled && best && tempered) {
    comparisons.push(
      compareModels(last, { name: temperedBaseName(best.temperature), answers: tempered.answers }, 'sampled'),
    )
  }
  return comparisons
}

function reportTraining({ finetune, curve }: TrainedModel): ReportTraining {
  return {
    step0Loss: finetune.step0Loss,
    lastLoss: finetune.lastLoss,
    lastNll: finetune.lastNll,
    steps: finetune.steps,
    savedStep: finetune.savedStep,
    pairs: finetune.pairs,
    nllOnlyRows: finetune.nllOnlyRows,
    stoppedBy: finetune.stoppedBy,
    curve: [...curve],
  }
}
