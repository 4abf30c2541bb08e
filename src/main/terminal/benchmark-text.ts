import type { BenchmarkCostResult, BenchmarkResult } from '../../contract/engine.ts'
import type { BenchmarkScore, BenchmarkTaskData } from '../../contract/benchmarks.ts'
import { leaderboardAverage } from '../benchmarks/average.ts'
import { duration, fixed, thousands } from '../report/number-format.ts'
import { alignColumns } from '../report/score-table.ts'

const percent = (share: number): string => fixed(100 * share, 2)

/** The scores in points, groups below their task; subjects are in the results' file. */
export function scoresText(
  { scores, questions, requestsPerSecond, truncated, seconds, provenance }: BenchmarkResult,
  tasks: readonly BenchmarkTaskData[],
): string {
  const shown = scores.filter(
    ({ partOf, task }) => partOf === null || scores.some((one) => one.partOf === task),
  )
  const shots = (name: string): string => {
    const count = tasks.find(({ task }) => task === name)?.shots[provenance.profile]
    return count === undefined ? '' : String(count)
  }
  const rows = shown.map((score) => [
    score.partOf === null ? score.task : `  ${score.task}`,
    score.partOf === null ? shots(score.task) : '',
    metricName(score),
    percent(score.value),
    score.stderr === null ? '–' : `± ${percent(score.stderr)}`,
    thousands(score.questions),
  ])
  const average = leaderboardAverage(scores)
  const rate = requestsPerSecond === null ? '' : `, ${fixed(requestsPerSecond, 1)} requests/s`
  const cut =
    truncated === 0 ? '' : `; ${thousands(truncated)} prompts were cut from the left to fit the model`
  return [
    alignColumns([['', 'shots', 'metric', 'points', 'stderr', 'questions'], ...rows]),
    '* = what tables show',
    ...(average === null ? [] : [`average of the six: ${percent(average)}`]),
    `${provenance.profile}${provenance.chatTemplate ? ' with chat template' : ''}; ${thousands(questions)} questions, ${duration(seconds)}${rate}${cut}`,
  ].join('\n')
}

const metricName = ({ metric, filter, primary }: BenchmarkScore): string =>
  `${metric}${filter === 'none' ? '' : ` (${filter})`}${primary ? ' *' : ''}`

export function costText({ tasks, peakBytes }: BenchmarkCostResult): string {
  const sum = (of: (task: (typeof tasks)[number]) => number): number =>
    tasks.reduce((total, task) => total + of(task), 0)
  const line = (
    name: string,
    {
      questions,
      requests,
      tokens,
      tokensUnshared,
      generatedTokensAtMost,
      seconds,
    }: Omit<(typeof tasks)[number], 'task'>,
  ): string[] => [
    name,
    thousands(questions),
    thousands(requests),
    thousands(tokens),
    thousands(tokensUnshared),
    generatedTokensAtMost === 0 ? '–' : thousands(generatedTokensAtMost),
    duration(seconds),
  ]
  const all = {
    questions: sum((task) => task.questions),
    requests: sum((task) => task.requests),
    tokens: sum((task) => task.tokens),
    tokensUnshared: sum((task) => task.tokensUnshared),
    generatedTokensAtMost: sum((task) => task.generatedTokensAtMost),
    seconds: sum((task) => task.seconds),
  }
  const head = ['', 'questions', 'requests', 'tokens', 'one by one', 'generated', 'about']
  const rows = [
    ...tasks.map((task) => line(task.task, task)),
    ...(tasks.length > 1 ? [line('all', all)] : []),
  ]
  const memory = peakBytes === null ? [] : [`peak memory about ${fixed(peakBytes / 1e9, 1)} GB`]
  return [alignColumns([head, ...rows]), ...memory].join('\n')
}
