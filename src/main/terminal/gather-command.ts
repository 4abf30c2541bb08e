import { resolve } from 'node:path'
import { GatherRequest, type PairAudit } from '../../contract/engine.ts'
import { thousands } from '../report/number-format.ts'
import type { Command } from './command.ts'
import { gateOptions } from './data-options.ts'
import { existing } from './dataset-file.ts'
import { integer, text } from './option-kinds.ts'
import { option, readOptions } from './options.ts'

const options = {
  num_fracs: option(integer(1), {
    placeholder: 'N',
    help: 'How many fractions there must be. (Official default: 125, whatever the data has.)',
    default: null,
    defaultText: 'all that were generated',
  }),
  input_dir: option(text(), {
    placeholder: 'FOLDER',
    help: 'Where loser_0.jsonl … are.',
    default: 'generated/iter0',
  }),
  output_dir: option(text(), { placeholder: 'FOLDER', help: 'Where the pairs go.', default: 'synthetic' }),
  ...gateOptions,
}

/** spin/convert_data.py: all fractions → the two *_prefs-00000-of-00001.parquet files. */
export const gatherCommand: Command = {
  name: 'gather',
  summary: 'makes training pairs of all fractions, and checks them',
  usage: '[--input_dir FOLDER] [--output_dir FOLDER] [--num_fracs N]',
  options,
  async run(context, argv) {
    const { values } = readOptions(argv, options, 'gather')
    const request = GatherRequest.parse({
      inputDir: existing(values.input_dir),
      outDir: resolve(values.output_dir),
      numFracs: values.num_fracs,
      gates: { maxEqual: values.max_equal, maxCapped: values.max_capped, maxEmpty: values.max_empty },
    })
    const result = await context.engine().call('gather', request, { signal: context.signal })
    for (const warning of result.warnings) context.display.line(`warning: ${warning}`)
    context.display.line(`${result.trainPath}: ${auditText(result.train)}`)
    if (result.testPath && result.test) context.display.line(`${result.testPath}: ${auditText(result.test)}`)
  },
}

export function auditText(audit: PairAudit): string {
  const share = (count: number): string => `${((100 * count) / Math.max(1, audit.rows)).toFixed(1)}%`
  return (
    `${thousands(audit.rows)} pairs; generated = real ${share(audit.equal)}, cut ${share(audit.capped)}, empty ${share(audit.empty)}, ` +
    `${thousands(audit.duplicates)} duplicates left out; median characters ${audit.medianRealCharacters} real, ${audit.medianGeneratedCharacters} generated`
  )
}
