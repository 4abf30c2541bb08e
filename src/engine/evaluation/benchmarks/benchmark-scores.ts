import type { BenchmarkProfile, BenchmarkScore } from '../../../contract/benchmarks.ts'
import type { BenchmarkTask } from './task.ts'

/** A subject, or a task without subjects, and the metrics of its questions in the order of the dataset. */
export interface ScoredTask {
  task: Pick<BenchmarkTask, 'name' | 'primary' | 'partOf'>
  metrics: readonly Readonly<Record<string, number>>[]
}

interface Summary {
  value: number
  stderr: number | null
  questions: number
}

/**
 * The numbers of one task that was asked for: `parts` are what loadTask gave for it. A task with subjects has its own
 * (`mmlu`: all questions weigh the same; `acc_macro`: all subjects do), its groups' and its subjects'. Means and errors
 * are summed in the harness's order, so that they are equal to its own to the last digit.
 */
export function benchmarkScores(parts: readonly ScoredTask[], profile: BenchmarkProfile): BenchmarkScore[] {
  const scored = parts.filter(({ metrics }) => metrics.length > 0)
  const outermost = scored[0]?.task.partOf.at(-1)
  const groups = outermost === undefined ? [] : groupScores(outermost, scored, profile)
  return [...groups, ...scored.flatMap(taskScores)]
}

function taskScores({ task, metrics }: ScoredTask): BenchmarkScore[] {
  return Object.keys(metrics[0]!).map((key) => {
    const values = metrics.map((ofQuestion) => ofQuestion[key]!)
    return score(task.name, task.partOf[0] ?? null, key, summaryOf(values), key === task.primary)
  })
}

/** The outermost group first, each before its parts. */
function groupScores(
  outermost: string,
  parts: readonly ScoredTask[],
  profile: BenchmarkProfile,
): BenchmarkScore[] {
  const key = parts[0]!.task.primary
  const own = new Map(parts.map((part) => [part, summaryOf(part.metrics.map((m) => m[key]!))]))
  const inner = [...new Set(parts.map(({ task }) => task.partOf[0]!))].filter((name) => name !== outermost)
  const innerSummaries = inner.map((name) => {
    const members = parts.filter(({ task }) => task.partOf[0] === name).map((part) => own.get(part)!)
    return { name, summary: combined(members, profile) }
  })
  const leaves = [...own.values()]
  // 0.4.0 combines step by step, subjects into groups and these by name; later versions take all subjects at once.
  const byName = innerSummaries.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ summary }) => summary)
  const members = profile === 'harness-0.4.0' && byName.length > 0 ? byName : leaves
  const macro = macroOf(leaves)
  return [
    score(outermost, null, key, combined(members, profile), true),
    score(outermost, null, key.replace(',', '_macro,'), macro, false),
    ...innerSummaries.map(({ name, summary }) => score(name, outermost, key, summary, true)),
  ]
}

function score(
  task: string,
  partOf: string | null,
  key: string,
  { value, stderr, questions }: Summary,
  primary: boolean,
): BenchmarkScore {
  const [metric = '', filter = 'none'] = key.split(',')
  return { task, partOf, metric, filter, value, stderr, questions, primary }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

function summaryOf(values: readonly number[]): Summary {
  const questions = values.length
  const value = sum(values) / questions
  if (questions < 2) return { value, stderr: null, questions }
  const deviation = Math.sqrt(sum(values.map((v) => (v - value) ** 2)) / (questions - 1))
  return { value, stderr: deviation / Math.sqrt(questions), questions }
}

/** Mean of the parts' means; error of independent means. */
function macroOf(parts: readonly Summary[]): Summary {
  const errors = known(parts)
  return {
    value: sum(parts.map(({ value }) => value)) / parts.length,
    stderr: errors && Math.sqrt(sum(errors.map((e) => e ** 2))) / errors.length,
    questions: sum(parts.map(({ questions }) => questions)),
  }
}

function combined(parts: readonly Summary[], profile: BenchmarkProfile): Summary {
  return profile === 'harness-0.4.0' ? combinedStepwise(parts) : combinedAtOnce(parts)
}

function combinedAtOnce(parts: readonly Summary[]): Summary {
  const sizes = parts.map(({ questions }) => questions)
  const all = sum(sizes)
  const errors = known(parts)
  return {
    value: sum(parts.map(({ value }, i) => value * sizes[i]!)) / all,
    stderr:
      errors &&
      Math.sqrt(sum(errors.map((e, i) => (sizes[i]! - 1) * e ** 2 * sizes[i]!)) / (all - parts.length) / all),
    questions: all,
  }
}

/**
 * 0.4.0 (evaluator.py): it adds up variances of means as if they were variances of samples, with the mean already
 * updated. Its errors of groups are therefore too large; they are its numbers all the same.
 */
function combinedStepwise(parts: readonly Summary[]): Summary {
  const [first, ...rest] = parts
  const errors = known(parts)
  let { value, questions: size } = first!
  let variance = (first!.stderr ?? 0) ** 2
  for (const { value: other, stderr, questions: n } of rest) {
    value = (value * size + other * n) / (size + n)
    variance =
      ((size - 1) * variance + (n - 1) * (stderr ?? 0) ** 2) / (size + n - 1) +
      ((size * n) / ((size + n) * (size + n - 1))) * (value - other) ** 2
    size += n
  }
  return { value, stderr: errors && Math.sqrt(variance), questions: size }
}

/** The errors of all parts; null where one has none. */
function known(parts: readonly Summary[]): number[] | null {
  const errors = parts.map(({ stderr }) => stderr)
  return errors.every((error) => error !== null) ? errors : null
}
