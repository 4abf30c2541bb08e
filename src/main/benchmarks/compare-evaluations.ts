import { setImmediate as otherWork } from 'node:timers/promises'
import type { ScoreDifference } from '../../contract/app/results.ts'
import { leaderboardTasks } from '../../contract/benchmarks.ts'
import { createResampler, intervalOf } from '../report/paired-bootstrap.ts'
import { questionKey, type QuestionFile } from './question-file.ts'

export interface ComparedTask {
  task: string
  /** "acc_norm,none". */
  metric: string
  a: QuestionFile
  b: QuestionFile
}

export interface TaskDifference {
  task: string
  difference: ScoreDifference
}

const resamples = 1000
const drawsAtOnce = 500_000
/** Of fewer questions a resampled interval says nothing: that of a single one has no width at all. */
const fewestCompared = 10

/**
 * b − a in points, task by task, paired over the questions that both answered, with the bootstrap's 95 % interval (1,000
 * resamples; same questions, same numbers). `average` stands behind them where all six leaderboard tasks are among them: its
 * interval resamples within tasks, so a small task moves it as much as a large one, as it moves the average itself.
 */
export async function compareEvaluations(tasks: readonly ComparedTask[]): Promise<TaskDifference[]> {
  const differences: TaskDifference[] = []
  const means = new Map<string, { mean: number; questions: number; resampled: Float64Array }>()
  for (const { task, metric, a, b } of tasks) {
    const values = pairedDifferences(a, b, metric)
    if (values.length === 0) continue
    const resampled = await resample(values, seedOf(task))
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    means.set(task, { mean, questions: values.length, resampled })
    differences.push({ task, difference: difference(mean, values.length, resampled) })
  }
  const six = leaderboardTasks.flatMap((task) => means.get(task) ?? [])
  if (six.length < leaderboardTasks.length) return differences
  const resampled = new Float64Array(resamples).map(
    (_, r) => six.reduce((sum, task) => sum + task.resampled[r]!, 0) / six.length,
  )
  const mean = six.reduce((sum, task) => sum + task.mean, 0) / six.length
  const questions = six.reduce((sum, task) => sum + task.questions, 0)
  // A clear average needs every task to have enough questions.
  const fewest = Math.min(...six.map((task) => task.questions))
  return [...differences, { task: 'average', difference: difference(mean, questions, resampled, fewest) }]
}

/** Fourteen thousand questions a thousand times are a tenth of a second: windows and runs have their turn meanwhile. */
async function resample(values: readonly number[], seed: number): Promise<Float64Array> {
  const means = new Float64Array(resamples)
  const fill = createResampler(values, seed)
  const atOnce = Math.max(1, Math.floor(drawsAtOnce / values.length))
  for (let from = 0; from < resamples; from += atOnce) {
    fill(means.subarray(from, from + atOnce))
    await otherWork()
  }
  return means
}

/** Each of the six draws from its own stream: in their average they are independent. */
const seedOf = (task: string): number => leaderboardTasks.findIndex((name) => name === task) + 2

function pairedDifferences(a: QuestionFile, b: QuestionFile, metric: string): number[] {
  return b.entries.flatMap((entry) => {
    const twin = a.byKey.get(questionKey(entry))
    const [ours, theirs] = [entry.metrics[metric], twin?.metrics[metric]]
    return ours === undefined || theirs === undefined ? [] : [100 * (ours - theirs)]
  })
}

function difference(
  mean: number,
  questions: number,
  resampled: Float64Array,
  fewest = questions,
): ScoreDifference {
  const { low, high } = intervalOf(resampled)
  const clear = fewest >= fewestCompared && (low > 0 || high < 0)
  return { mean, half: (high - low) / 2, prompts: questions, clear }
}
