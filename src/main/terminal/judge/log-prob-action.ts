import { join, resolve } from 'node:path'
import type { LogProbPreference } from '../../../contract/engine/judging.ts'
import { fixed, points } from '../../report/number-format.ts'
import { alignColumns } from '../../report/score-table.ts'
import type { Command } from '../command.ts'
import { promptFormat } from '../data-options.ts'
import { existing, requireSplit } from '../dataset-file.ts'
import { followStage } from '../follow-stage.ts'
import { integer, text } from '../option-kinds.ts'
import { option, readOptions } from '../options.ts'

const name = 'judge log-prob'

const options = {
  model: option(text(), { placeholder: 'FOLDER', help: 'An iteration.' }),
  base: option(text(), { placeholder: 'FOLDER', help: 'The model that it was trained from.' }),
  input_dir: option(text(), {
    placeholder: 'FOLDER',
    help: 'A reformatted dataset; its test split is used.',
  }),
  evaluation: option(text(), {
    placeholder: 'FOLDER',
    help: 'What "spin-studio evaluate" wrote of the iteration: answers.jsonl, greedy answers.',
  }),
  base_evaluation: option(text(), { placeholder: 'FOLDER', help: 'The same of the base.' }),
  output_dir: option(text(), { placeholder: 'FOLDER', help: 'Where the rows go.', default: 'log-prob' }),
  batch_size: option(integer(1), { placeholder: 'N', help: 'Answers scored at once.', default: 16 }),
  limit: option(integer(0), { placeholder: 'N', help: 'Held-out rows used; 0 = all.', default: 0 }),
  prompt_format: promptFormat,
}

export const logProbAction: Command = {
  name,
  summary:
    'counts whose answers are the more probable ones, at equal length; no judge, and no judgement of quality',
  usage: '--model FOLDER --base FOLDER --input_dir FOLDER --evaluation FOLDER --base_evaluation FOLDER',
  options,
  async run(context, argv) {
    const { values } = readOptions(argv, options, name)
    const result = await followStage(context, 'logProbPreference', {
      modelDir: existing(values.model),
      baseDir: existing(values.base),
      dataPath: requireSplit(values.input_dir, 'test'),
      answersPath: existing(join(values.evaluation, 'answers.jsonl')),
      baseAnswersPath: existing(join(values.base_evaluation, 'answers.jsonl')),
      outDir: resolve(values.output_dir),
      batchSize: values.batch_size,
      limit: values.limit,
      promptFormat: values.prompt_format,
    })
    context.display.line(preferenceText(result.against))
    context.display.line(`rows: ${result.rowsPath}`)
  },
}

function preferenceText(against: readonly LogProbPreference[]): string {
  const rows = against.map((one) => [
    `against ${one.opponent === 'base' ? "the base's answers" : 'the human answers'}`,
    String(one.pairs),
    `${points(one.winRate)}%`,
    `${points(one.interval.low)}–${points(one.interval.high)}%`,
    `${points(one.lengthControlled.winRate)}%`,
    `${points(one.lengthControlled.interval.low)}–${points(one.lengthControlled.interval.high)}%`,
    `${points(one.byBase)}%`,
    `${points(one.byModel)}%`,
    `${fixed(one.meanTokens, 1)} / ${fixed(one.meanTokensOpponent, 1)}`,
  ])
  const head = ['', 'pairs', 'win rate', '95 %', 'equal length', '95 %', 'by base', 'by model', 'tokens']
  return (
    `${alignColumns([head, ...rows])}\n` +
    'More probable text in the eyes of both models; no judgement of quality. Where "by base" and "by model" part, it only says how far the models have.'
  )
}
