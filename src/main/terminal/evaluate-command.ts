import { resolve } from 'node:path'
import type { z } from 'zod'
import { EvaluateRequest, type EvaluationResult } from '../../contract/engine.ts'
import { duration, fixed, points } from '../report/number-format.ts'
import { alignColumns } from '../report/score-table.ts'
import { evaluateBenchmarks } from './benchmark-evaluation.ts'
import { benchmarkOptions, readBenchmarkAsk, type BenchmarkAsk } from './benchmark-options.ts'
import type { Command } from './command.ts'
import { promptFormat } from './data-options.ts'
import { deviceOptions, type DeviceValues, useDevice } from './device-option.ts'
import { existing, requireSplit } from './dataset-file.ts'
import { followStage } from './follow-stage.ts'
import { integer, number, text } from './option-kinds.ts'
import { option, readOptions, type OptionValues } from './options.ts'
import { UsageError } from './usage-error.ts'

const options = {
  model: option(text(), { placeholder: 'FOLDER', help: 'The model to be scored.' }),
  opponent: option(text(), {
    placeholder: 'FOLDER',
    help: 'The model it is compared with (rewards, margin, KL).',
    default: null,
    defaultText: 'itself',
  }),
  input_dir: option(text(), {
    placeholder: 'FOLDER',
    help: 'A reformatted dataset; its test split is used. Required without --tasks.',
    default: null,
  }),
  pairs_dir: option(text(), {
    placeholder: 'FOLDER',
    help: 'Gathered pairs; their test split gives held-out loss, reward accuracy and margin.',
    default: null,
  }),
  output_dir: option(text(), {
    placeholder: 'FOLDER',
    help: 'Where the result and the answers go.',
    default: 'evaluation',
  }),
  samples: option(integer(0), {
    placeholder: 'N',
    help: 'Sampled answers a prompt beside the greedy one.',
    default: 4,
  }),
  temperature: option(number(), { placeholder: 'X', help: 'Of the sampled answers.', default: 1 }),
  max_new_tokens: option(integer(1), { placeholder: 'N', help: 'Longest answer, in tokens.', default: 256 }),
  batch_size: option(integer(1), { placeholder: 'N', help: 'Prompts answered at once.', default: 16 }),
  ...deviceOptions,
  seed: option(integer(), { placeholder: 'N', help: 'Of the samples.', default: 7 }),
  limit: option(integer(0), {
    placeholder: 'N',
    help: 'Held-out rows used, or questions of each task (of each subject of mmlu); 0 = all.',
    default: 0,
  }),
  beta: option(number(), { placeholder: 'X', help: 'Of rewards and held-out loss.', default: 0.1 }),
  prompt_format: promptFormat,
  ...benchmarkOptions,
}

export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: 'scores a model on held-out prompts, or on benchmarks',
  usage:
    '--model FOLDER --input_dir FOLDER [--opponent FOLDER] | --model FOLDER --tasks LIST [--data FOLDER]',
  options,
  notes: [
    'With --tasks the model is measured on the six tasks of the Open LLM Leaderboard as lm-evaluation-harness does it.',
    'A stopped command goes on where it was when it is given again: questions that were asked are kept in output_dir.',
    'docs/evaluation.md says where the data goes and which published numbers a score may be compared with.',
  ].join('\n'),
  async run(context, argv) {
    const { asked, device } = readEvaluateOptions(argv)
    await useDevice(context, device)
    if (asked.kind === 'benchmarks') return evaluateBenchmarks(context, asked.ask)
    const result = await followStage(context, 'evaluate', asked.request)
    context.display.line(evaluationText(result))
    context.display.line(`answers: ${result.answersPath}`)
  },
}

type AskedEvaluation =
  | { kind: 'benchmarks'; ask: BenchmarkAsk }
  | { kind: 'held-out'; request: z.output<typeof EvaluateRequest> }

/** @throws UsageError; AppError FILE_NOT_FOUND */
export function readEvaluateOptions(argv: readonly string[]): {
  asked: AskedEvaluation
  device: DeviceValues
} {
  const { given, values } = readOptions(argv, options, 'evaluate')
  return { asked: askedEvaluation(values, given), device: values }
}

function askedEvaluation(
  values: OptionValues<typeof options>,
  given: ReadonlyMap<string, string>,
): AskedEvaluation {
  if (values.tasks !== null) return { kind: 'benchmarks', ask: readBenchmarkAsk(values, given) }
  for (const name of Object.keys(benchmarkOptions))
    if (given.has(name))
      throw new UsageError(`--${name} belongs to benchmarks: give --tasks too.`, 'evaluate')
  if (values.input_dir === null)
    throw new UsageError('--input_dir FOLDER is required, or --tasks for benchmarks.', 'evaluate')
  const request = EvaluateRequest.safeParse({
    modelDir: existing(values.model),
    opponentDir: values.opponent === null ? null : existing(values.opponent),
    dataPath: requireSplit(values.input_dir, 'test'),
    heldOutPairsPath: values.pairs_dir === null ? null : requireSplit(values.pairs_dir, 'test'),
    outDir: resolve(values.output_dir),
    beta: values.beta,
    promptFormat: values.prompt_format,
    settings: {
      samplesPerPrompt: values.samples,
      temperature: values.temperature,
      maxNewTokens: values.max_new_tokens,
      batchSize: values.batch_size,
      seed: values.seed,
      limit: values.limit,
    },
  })
  if (request.success) return { kind: 'held-out', request: request.data }
  throw new UsageError(
    request.error.issues.map((i) => `${i.path.at(-1)?.toString() ?? ''}: ${i.message}`).join('; '),
    'evaluate',
  )
}

function evaluationText(result: EvaluationResult): string {
  const sampled = (value: number | null): string => (value === null ? '–' : points(value))
  const rows = [
    ['', 'prompts', 'greedy', `T=${result.temperature}`],
    ['all', String(result.rows), points(result.greedy), sampled(result.sampled)],
    ...Object.entries(result.byKind).map(([kind, k]) => [
      kind,
      String(k.rows),
      points(k.greedy),
      sampled(k.sampled),
    ]),
  ]
  const numbers = [
    `held-out NLL ${fixed(result.heldOutNll, 4)} nats a token`,
    ...(result.heldOutLoss === null ? [] : [`SPIN loss ${fixed(result.heldOutLoss, 4)}`]),
    ...(result.rewardAccuracy === null ? [] : [`reward accuracy ${points(result.rewardAccuracy)}%`]),
    ...(result.margin === null ? [] : [`margin ${fixed(result.margin, 3)}`]),
    ...(result.kl === null ? [] : [`KL ${fixed(result.kl, 3)} nats an answer`]),
    `${fixed(result.meanTokensGreedy, 1)} tokens an answer (human ${fixed(result.meanTokensReal, 1)}), ${points(result.cappedShare)}% cut`,
  ]
  return `${alignColumns(rows)}\n${numbers.join('; ')}; ${duration(result.seconds)}`
}
