import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { BenchmarkSettings, benchmarkProfiles, leaderboardTasks } from '../../contract/benchmarks.ts'
import { readPreferences } from '../preferences/preferences.ts'
import { defaultDataDir } from '../data-dir.ts'
import { canonicalJson } from '../loop/portable-paths.ts'
import { existing } from './dataset-file.ts'
import { choice, flag, text } from './option-kinds.ts'
import { option, type OptionTable, type OptionValues } from './options.ts'
import { UsageError } from './usage-error.ts'

const names = () =>
  text().pipe(
    z
      .string()
      .transform((value) =>
        value
          .split(',')
          .map((name) => name.trim())
          .filter((name) => name !== ''),
      )
      .refine((list) => list.length > 0, 'expected names, a comma between them'),
  )

/** What `evaluate` takes when benchmarks are asked for by `--tasks`. */
export const benchmarkOptions = {
  tasks: option(names(), {
    placeholder: 'LIST',
    help: `Benchmarks instead of held-out prompts: ${leaderboardTasks.join(',')}, tasks of your own, or leaderboard for all six.`,
    default: null,
  }),
  profile: option(choice(benchmarkProfiles), {
    placeholder: 'NAME',
    help: 'Whose numbers: harness-0.4.0 as in the SPIN paper, or harness-current.',
    default: 'harness-0.4.0',
  }),
  chat_template: option(flag(), {
    placeholder: '',
    help: 'Questions as chats, by the model’s template (harness-current).',
    default: false,
  }),
  task_file: option(names(), {
    placeholder: 'FILES',
    help: 'YAML files of your own tasks, a comma between them.',
    default: null,
  }),
  data: option(text(), {
    placeholder: 'FOLDER',
    help: 'Where the benchmarks’ datasets lie, a folder a dataset.',
    default: null,
    defaultText: "the app's, as chosen there",
  }),
  fetch: option(flag(), {
    placeholder: '',
    help: 'Fetches what the data folder lacks from the Hugging Face hub first ($HF_ENDPOINT = a mirror).',
    default: false,
  }),
  cost: option(flag(), {
    placeholder: '',
    help: 'Only measures what the benchmarks would cost.',
    default: false,
  }),
  out: option(text(), {
    placeholder: 'FILE',
    help: "The results in the shape of lm-evaluation-harness's own file.",
    default: null,
    defaultText: 'results.json in output_dir',
  }),
} satisfies OptionTable

export interface BenchmarkAsk {
  modelDir: string
  dataDir: string
  /** Where the questions are written, and found again when it goes on. */
  outDir: string
  resultPath: string
  settings: BenchmarkSettings
  fetch: boolean
  costOnly: boolean
}

type Values = OptionValues<typeof benchmarkOptions> & { model: string; output_dir: string; limit: number }

/** What benchmarks are asked for; throws UsageError, or AppError FILE_NOT_FOUND. */
export function readBenchmarkAsk(values: Values, given: ReadonlyMap<string, string>): BenchmarkAsk {
  for (const name of given.keys()) {
    if (name in benchmarkOptions || shared.has(name)) continue
    throw new UsageError(`--${name} belongs to held-out prompts; with --tasks it means nothing.`, 'evaluate')
  }
  const tasks = (values.tasks ?? []).flatMap((name) => (name === 'leaderboard' ? leaderboardTasks : [name]))
  const settings = BenchmarkSettings.safeParse({
    tasks: [...new Set(tasks)],
    profile: values.profile,
    chatTemplate: values.chat_template,
    limit: values.limit === 0 ? null : values.limit,
    taskFiles: (values.task_file ?? []).map((path) => existing(path)),
  })
  if (!settings.success)
    throw new UsageError(
      settings.error.issues.map(({ path, message }) => `${String(path[0])}: ${message}`).join('; '),
      'evaluate',
    )
  const modelDir = existing(values.model)
  const dataDir = dataFolder(values)
  const outputDir = resolve(values.output_dir)
  return {
    modelDir,
    dataDir,
    outDir: join(outputDir, 'benchmarks', keyOf({ modelDir, dataDir, settings: settings.data })),
    resultPath: values.out === null ? join(outputDir, 'results.json') : resolve(values.out),
    settings: settings.data,
    fetch: values.fetch,
    costOnly: values.cost,
  }
}

const shared = new Set(['model', 'output_dir', 'limit', 'device', 'backend'])

function dataFolder({ data, fetch }: Pick<Values, 'data' | 'fetch'>): string {
  const chosen = data ?? readPreferences(defaultDataDir()).benchmarkDataDir
  if (chosen === null)
    throw new UsageError('--data FOLDER is needed: the app has none that was chosen there.', 'evaluate')
  return fetch ? resolve(chosen) : existing(chosen)
}

/** A folder a model, data and settings: the same command goes on, another starts beside it. */
const keyOf = (asked: object): string =>
  createHash('sha256').update(canonicalJson(asked)).digest('hex').slice(0, 16)
