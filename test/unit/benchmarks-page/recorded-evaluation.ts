import type { BenchmarkEvaluation } from '../../../src/contract/app/benchmarks.ts'
import { BenchmarkSettings, type BenchmarkScore } from '../../../src/contract/benchmarks.ts'

/** Scores of one model as the record has them: a task's value, or its score in full. */
export function evaluationOf(
  id: number,
  iteration: number,
  values: Readonly<Record<string, number | Partial<BenchmarkScore>>>,
  settings: Partial<BenchmarkSettings> = {},
  more: Partial<BenchmarkEvaluation> = {},
): BenchmarkEvaluation {
  const tasks = Object.keys(values)
  return {
    id,
    model: { runId: 1, iteration },
    modelDir: `/runs/1/${iteration}`,
    settings: BenchmarkSettings.parse({ tasks, ...settings }),
    state: 'done',
    waitsFor: null,
    besideRun: false,
    problem: null,
    progress: null,
    secondsLeft: null,
    scores: tasks.map((task) => scoreOf(task, values[task]!)),
    average: null,
    provenance: null,
    requestsPerSecond: null,
    createdAt: id,
    finishedAt: id,
    seconds: 1,
    ...more,
  }
}

export function scoreOf(task: string, value: number | Partial<BenchmarkScore>): BenchmarkScore {
  const given = typeof value === 'number' ? { value } : value
  return {
    task,
    partOf: null,
    metric: 'acc',
    filter: 'none',
    value: 0,
    stderr: 0.012,
    questions: 100,
    primary: true,
    ...given,
  }
}

export const six = (value: number): Record<string, number> => ({
  arc_challenge: value,
  truthfulqa_mc2: value,
  winogrande: value,
  gsm8k: value,
  hellaswag: value,
  mmlu: value,
})
