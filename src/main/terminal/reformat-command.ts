import { resolve } from 'node:path'
import { ImportRequest, type ImportResult } from '../../contract/engine.ts'
import { thousands } from '../report/number-format.ts'
import type { Command } from './command.ts'
import { splitOptions } from './data-options.ts'
import { existing, prefsName } from './dataset-file.ts'
import { followStage } from './follow-stage.ts'
import { flag, integer, text } from './option-kinds.ts'
import { option, parseOptions, splitArguments } from './options.ts'
import { UsageError } from './usage-error.ts'

const options = {
  data: option(text(), {
    placeholder: 'PATH',
    help: 'File or folder of .parquet, .json, .jsonl or .csv; several are separated by commas. (Official default: HuggingFaceH4/ultrachat_200k; Hub names are not downloaded.)',
  }),
  output_dir: option(text(), {
    placeholder: 'FOLDER',
    help: 'Where the two Parquet files go.',
    default: 'reformatted',
  }),
  ...splitOptions,
  seed: option(integer(), { placeholder: 'N', help: 'Of the split.', default: 42 }),
  keep_rejected: option(flag(), {
    placeholder: 'true|false',
    help: 'Keeps the rejected answers of a preference set (chosen, rejected): pairs for finetune --objective=dpo.',
    default: false,
  }),
}

/** spin/reformat.py: any dataset → train_prefs-00000-of-00001.parquet and test_prefs-00000-of-00001.parquet. */
export const reformatCommand: Command = {
  name: 'reformat',
  summary: 'reads a dataset and writes it in the shape of the self-play loop',
  usage: '--data PATH [--output_dir FOLDER]',
  options,
  async run(context, argv) {
    const { given, positional } = splitArguments(argv, options, 'reformat')
    if (positional.length > 0)
      throw new UsageError(`${positional[0]} stands alone. Write --data ${positional[0]}.`, 'reformat')
    const { values } = parseOptions(given, options, 'reformat')
    const request = ImportRequest.parse({
      sources: values.data.split(',').map((path) => existing(path.trim())),
      outDir: resolve(values.output_dir),
      trainName: prefsName('train'),
      testName: prefsName('test'),
      testShare: values.test_share,
      limit: values.limit,
      seed: values.seed,
      keepRejected: values.keep_rejected,
    })
    const result = await followStage(context, 'importDataset', request)
    for (const line of importSummary(result)) context.display.line(line)
  },
}

export function importSummary(result: ImportResult): string[] {
  const dropped = Object.entries(result.dropped).filter(([, count]) => (count ?? 0) > 0)
  const columns = Object.entries(result.mapping.columns).map(([role, column]) => `${column} → ${role}`)
  return [
    `${thousands(result.readRows)} rows read as ${result.mapping.format} (${columns.join(', ')})`,
    `${thousands(result.trainRows)} to train on: ${result.trainPath}`,
    `${thousands(result.testRows)} held out: ${result.testPath}`,
    ...(dropped.length === 0
      ? []
      : [`dropped: ${dropped.map(([reason, count]) => `${thousands(count ?? 0)} ${reason}`).join(', ')}`]),
    ...result.examples
      .slice(0, 3)
      .map((row) => `  ${row.source}, row ${row.row}: ${row.reason}, ${row.detail}`),
  ]
}
