import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import type { BenchmarkProfile } from '../../src/contract/benchmarks.ts'
import { loadTask } from '../../src/engine/evaluation/benchmarks/load-task.ts'
import type { BenchmarkTask, TaskQuestion } from '../../src/engine/evaluation/benchmarks/task.ts'
import { loadChatTemplate } from '../../src/engine/text/chat-template.ts'
import { loadTokenizer } from '../../src/engine/text/tokenizer.ts'

/** What make/benchmark_goldens.py wrote; its docstring says how. */
export const benchmarkGoldens = ['harness-0.4.0', 'harness-current', 'harness-current-chat'] as const
export type BenchmarkGoldenName = (typeof benchmarkGoldens)[number]

export interface GoldenQuestion {
  task: string
  index: number
  /** sha256 of each different context: one, or in Winogrande one a choice. */
  contexts: string[]
  /** With the special tokens that the profile adds, before anything is cut. */
  contextTokens: number[]
  /** Of the first two questions of a task. */
  contextTexts?: string[]
  /** "metric,filter" → value */
  metrics: Record<string, number>
  /** Of a question with choices. */
  continuations?: string[]
  logLikelihoods?: number[]
  greedy?: boolean[]
  /** Of a generated answer. `smallestGap`: between the two best logits on the way; a near tie may fall either way. */
  generation?: { until: string[]; max_gen_toks?: number }
  response?: string
  extracted?: Record<string, string>
  smallestGap?: number
}

export interface BenchmarkGolden {
  profile: BenchmarkProfile
  chatTemplate: boolean
  versions: Record<string, string>
  tasks: Record<
    string,
    {
      shots: number
      /** task or group → "metric,filter" → value and standard error */
      scores: Record<string, Record<string, [number, number]>>
      questions: GoldenQuestion[]
    }
  >
}

export const benchmarkPath = (name: string): string => join(import.meta.dirname, 'benchmarks', name)

/** `own/<profile>`: tasks of the YAML files beside it. */
export function readBenchmarkGolden(name: BenchmarkGoldenName | `own/${BenchmarkProfile}`): BenchmarkGolden {
  return JSON.parse(gunzipSync(readFileSync(benchmarkPath(`${name}.json.gz`))).toString('utf8'))
}

/** Task and number of a question. */
export const questionKey = ({ task, index }: { task: string; index: number }): string => `${task}/${index}`

/** The golden's tasks as we load them, in its chat template where it has one. */
export async function loadGoldenTask(
  golden: BenchmarkGolden,
  name: string,
  taskFiles: readonly string[] = [],
): Promise<BenchmarkTask[]> {
  const modelDir = benchmarkPath('model')
  const template = golden.chatTemplate
    ? await loadChatTemplate(modelDir, await loadTokenizer(modelDir))
    : null
  return await loadTask(name, {
    dataDir: benchmarkPath('data'),
    profile: golden.profile,
    chat: template && ((messages) => template.render(messages, { addGenerationPrompt: true })),
    limit: null,
    taskFiles,
    warn: () => undefined,
  })
}

/** The different contexts of a question, in their order. */
export function contextsOf({ requests }: TaskQuestion): string[] {
  const list = 'context' in requests ? [requests] : requests
  return [...new Set(list.map(({ context }) => context))]
}

export function expectSameContexts(question: TaskQuestion, golden: GoldenQuestion): void {
  const contexts = contextsOf(question)
  if (golden.contextTexts) expect(contexts).toEqual(golden.contextTexts)
  expect(contexts.map(sha256), questionKey(golden)).toEqual(golden.contexts)
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
