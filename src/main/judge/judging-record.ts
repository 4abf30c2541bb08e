import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { type Judging, JudgeSpent, JudgingChoice } from '../../contract/app/judging.ts'
import { AppError } from '../../contract/errors.ts'
import { JudgeEndpoint, JudgePrices, JudgeSummary, JudgeTask, type Verdict } from '../../contract/judge.ts'
import { AnswerSettings } from '../../contract/judging.ts'
import { baseIteration, sftIteration } from '../../contract/project.ts'
import { canonicalJson, fromPortable } from '../loop/portable-paths.ts'
import type { JudgingRow } from '../store/judging-queries.ts'
import type { Store } from '../store/store.ts'
import { priceOf } from './judge-cost.ts'
import type { JudgeCases } from './judge-cases.ts'

const Result = z.object({ summary: JudgeSummary, spent: JudgeSpent })
export type JudgingResult = z.infer<typeof Result>

/** A recorded judging with its documents parsed and its paths made absolute. */
export interface RecordedJudging {
  row: JudgingRow
  choice: JudgingChoice
  task: JudgeTask
  dir: string
  endpoint: JudgeEndpoint | null
  prices: JudgePrices | null
  result: JudgingResult | null
  models: Judging['models']
}

/** Throws BAD_INPUT for an unknown one. */
export function readJudging(store: Store, id: number): RecordedJudging {
  const row = store.judging(id)
  const run = row && store.run(row.runId)
  const project = run && store.project(run.projectId)
  if (!row || !project)
    throw new AppError(
      'BAD_INPUT',
      `Expected a recorded judging, found number ${id}. It may have been removed.`,
    )
  return parseJudging(row, project.dir)
}

export function parseJudging(row: JudgingRow, projectDir: string): RecordedJudging {
  const choice = JudgingChoice.parse(JSON.parse(row.choice))
  const models = judgedModels(choice)
  const nameOf = (iteration: number): string => models.find((one) => one.iteration === iteration)!.modelId
  return {
    row,
    choice,
    dir: fromPortable(row.dir, projectDir) as string,
    task: JudgeTask.parse({
      mode: choice.mode,
      models: choice.iterations.map(nameOf),
      baseline: choice.mode === 'pairwise' ? nameOf(choice.baseline ?? baseIteration) : null,
      limit: choice.limit,
    }),
    endpoint: row.endpoint === null ? null : JudgeEndpoint.parse(JSON.parse(row.endpoint)),
    prices: row.prices === null ? null : JudgePrices.parse(JSON.parse(row.prices)),
    result: row.result === null ? null : Result.parse(JSON.parse(row.result)),
    models,
  }
}

/** The chosen models and the baseline, each once. */
function judgedModels({ iterations, baseline, mode }: JudgingChoice): Judging['models'] {
  const all = mode === 'pairwise' ? [...iterations, baseline ?? baseIteration] : iterations
  return [...new Set(all)].map((iteration) => ({ iteration, modelId: modelIdOf(iteration) }))
}

export function modelIdOf(iteration: number): string {
  if (iteration === baseIteration) return 'base'
  return iteration === sftIteration ? 'plain-sft' : `iteration-${iteration}`
}

/** All questions are answered; a limit of the task limits what is judged, too. */
export const answerSettings = ({ maxNewTokens, limit }: JudgingChoice): AnswerSettings =>
  AnswerSettings.parse({ maxNewTokens, limit })

/** One folder for all judgings of the same questions and settings, so that answers and verdicts are shared. */
export function judgingDir(projectDir: string, choice: JudgingChoice, questions: string): string {
  const text = canonicalJson({ questions, settings: answerSettings(choice) })
  const name = createHash('sha256').update(text).digest('hex').slice(0, 12)
  return join(projectDir, 'judging', name)
}

/** What the verdicts on these cases have cost, as the endpoint reported it. */
export function spentOn(
  { cases }: JudgeCases,
  verdicts: ReadonlyMap<string, Verdict>,
  prices: JudgePrices | null,
): JudgeSpent {
  const found = [...new Set(cases.map(({ id }) => id))].flatMap((id) => verdicts.get(id) ?? [])
  const sum = (of: 'promptTokens' | 'completionTokens'): number =>
    found.reduce((total, verdict) => total + (verdict[of] ?? 0), 0)
  const [promptTokens, replyTokens] = [sum('promptTokens'), sum('completionTokens')]
  return {
    replies: found.length,
    promptTokens,
    replyTokens,
    price: priceOf(promptTokens, replyTokens, prices),
  }
}
