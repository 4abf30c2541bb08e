import type { BenchmarkProfile, BenchmarkScore, BenchmarkTaskData } from '../../contract/benchmarks.ts'
import type { BenchmarkResult } from '../../contract/engine.ts'
import type { BenchmarkSettings } from '../../contract/benchmarks.ts'

export interface HarnessSource {
  modelDir: string
  settings: BenchmarkSettings
  result: BenchmarkResult
  /** Of the tasks that were asked for. */
  tasks: readonly BenchmarkTaskData[]
  /** Milliseconds since 1970. */
  startedAt: number
  /** Over all attempts. */
  seconds: number
}

/** A task's version in the harness whose numbers are reproduced; that of a group's tasks stands as "below" it. */
const versions: Record<BenchmarkProfile, Record<string, number | string>> = {
  'harness-0.4.0': {
    arc_challenge: 1,
    truthfulqa_mc2: 2,
    winogrande: 1,
    gsm8k: 1,
    hellaswag: 1,
    mmlu: 'N/A',
    'below mmlu': 0,
  },
  'harness-current': {
    arc_challenge: 1,
    truthfulqa_mc2: 3,
    winogrande: 1,
    gsm8k: 3,
    hellaswag: 1,
    mmlu: 2,
    'below mmlu': 1,
  },
}
const harnessVersion: Record<BenchmarkProfile, string> = {
  'harness-0.4.0': '0.4.0',
  'harness-current': '0.4.13',
}

type Entry = Record<string, number | string>

/**
 * An evaluation in the shape that lm-evaluation-harness 0.4 writes with `--output_path`: metrics by "acc,none", "acc_stderr,none",
 * "exact_match,strict-match". What only this program knows stands under `spin_studio`; the harness's own surroundings (torch,
 * transformers, its repository) are not claimed.
 */
export function harnessResults({ modelDir, settings, result, tasks, startedAt, seconds }: HarnessSource) {
  const { profile } = settings
  const { scores, provenance } = result
  const names = [...new Set(scores.map(({ task }) => task))]
  const parents = new Map(scores.map(({ task, partOf }) => [task, partOf]))
  const childrenOf = (name: string): string[] => names.filter((child) => parents.get(child) === name)
  const groups = names.filter((name) => childrenOf(name).length > 0)
  const leaves = names.filter((name) => !groups.includes(name))
  const asked = (name: string): BenchmarkTaskData | undefined =>
    tasks.find(({ task }) => task === rootOf(name, parents))
  const entries = Object.fromEntries(names.map((name) => [name, entryOf(name, scores, parents)]))
  const of = <T>(list: readonly string[], value: (name: string) => T): Record<string, T> =>
    Object.fromEntries(list.toSorted().map((name) => [name, value(name)]))
  const version = (name: string): number | string => {
    const root = rootOf(name, parents)
    return versions[profile][leaves.includes(name) && root !== name ? `below ${root}` : root] ?? 'N/A'
  }
  const shots = of(names, (name) => asked(name)?.shots[profile] ?? 0)
  return {
    results: entries,
    ...(groups.length === 0
      ? {}
      : { groups: Object.fromEntries(groups.map((name) => [name, entries[name]!])) }),
    group_subtasks: Object.fromEntries(groups.map((name) => [name, childrenOf(name)])),
    configs: of(leaves, (name) => ({
      task: name,
      dataset_path: asked(name)?.dataset ?? null,
      output_type: asked(name)?.kind === 'generation' ? 'generate_until' : 'multiple_choice',
      num_fewshot: shots[name]!,
      metadata: { version: version(name) },
    })),
    versions: of(names, version),
    'n-shot': shots,
    higher_is_better: of(names, (name) =>
      Object.fromEntries(scores.filter(({ task }) => task === name).map(({ metric }) => [metric, true])),
    ),
    'n-samples': of(leaves, (name) => ({
      original: parents.get(name) === null ? (asked(name)?.questions ?? null) : null,
      effective: scores.find(({ task }) => task === name)?.questions ?? 0,
    })),
    config: {
      model: 'spin-studio',
      model_args: `pretrained=${modelDir}`,
      model_sha: provenance.modelSha256,
      batch_size: 'auto',
      limit: settings.limit,
      bootstrap_iters: 0,
      gen_kwargs: null,
      fewshot_seed: 1234,
    },
    git_hash: null,
    date: startedAt / 1000,
    model_source: 'spin-studio',
    model_name: modelDir,
    model_name_sanitized: modelDir.replaceAll(/[^\w.-]+/g, '__'),
    fewshot_as_multiturn: false,
    start_time: startedAt / 1000,
    end_time: startedAt / 1000 + seconds,
    total_evaluation_time_seconds: String(seconds),
    spin_studio: {
      profile,
      chat_template: settings.chatTemplate,
      reproduces: `lm-evaluation-harness ${harnessVersion[profile]}`,
      data_sha256: provenance.dataSha256,
      versions: provenance.versions,
      questions: result.questions,
      requests: result.requests,
      requests_per_second: result.requestsPerSecond,
      truncated_prompts: result.truncated,
    },
  }
}
export type HarnessResults = ReturnType<typeof harnessResults>

function entryOf(
  name: string,
  scores: readonly BenchmarkScore[],
  parents: ReadonlyMap<string, string | null>,
): Entry {
  const own = scores.filter(({ task }) => task === name)
  const metrics = own.flatMap(({ metric, filter, value, stderr }) => [
    [`${metric},${filter}`, value] as const,
    // The harness writes "N/A" where one question has no spread.
    [`${metric}_stderr,${filter}`, stderr ?? 'N/A'] as const,
  ])
  return {
    name,
    alias: aliasOf(name, parents),
    sample_len: own[0]?.questions ?? 0,
    ...Object.fromEntries(metrics),
  }
}

/** Below a group the harness leaves the group's name out: `mmlu_stem` is "stem". */
function aliasOf(name: string, parents: ReadonlyMap<string, string | null>): string {
  const root = rootOf(name, parents)
  return name.startsWith(`${root}_`) ? name.slice(root.length + 1) : name
}

function rootOf(name: string, parents: ReadonlyMap<string, string | null>): string {
  const seen = new Set([name])
  let at = name
  for (let up = parents.get(at); up && !seen.has(up); up = parents.get(at)) {
    seen.add(up)
    at = up
  }
  return at
}
