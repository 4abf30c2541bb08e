import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { ExportRequest, exportFormats } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { ModelLineage } from '../../contract/lineage.ts'
import { duration, gigabytes } from '../report/number-format.ts'
import { findLineage } from '../loop/find-lineage.ts'
import type { Command, CommandContext } from './command.ts'
import { existing } from './dataset-file.ts'
import { followStage } from './follow-stage.ts'
import { choice, text } from './option-kinds.ts'
import { option, readOptions } from './options.ts'
import { UsageError } from './usage-error.ts'

/** Sizes as transformers takes them: "5GB", "500MB", "2GiB", or bytes. */
const fileSize = () =>
  z
    .union([z.string(), z.number().transform(String)], 'expected a size such as 5GB')
    .transform((value, context) => {
      const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(value.trim()) ?? []
      const factor = sizeUnits.get(unit.toUpperCase())
      const bytes = Math.floor(Number(number) * (factor ?? Number.NaN))
      if (Number.isSafeInteger(bytes) && bytes > 0) return bytes
      context.addIssue({ code: 'custom', message: 'expected a size such as 5GB or 500MB' })
      return z.NEVER
    })

const sizeUnits = new Map([
  ['', 1],
  ['B', 1],
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['KIB', 2 ** 10],
  ['MIB', 2 ** 20],
  ['GIB', 2 ** 30],
])

const dtypes = {
  keep: null,
  float32: 'F32',
  bfloat16: 'BF16',
  float16: 'F16',
  f32: 'F32',
  bf16: 'BF16',
  f16: 'F16',
} as const

const options = {
  model: option(text(), { placeholder: 'FOLDER', help: 'A Hugging Face model folder.' }),
  output: option(text(), { placeholder: 'PATH', help: 'The new folder, or the GGUF file.' }),
  format: option(choice(exportFormats), {
    placeholder: 'NAME',
    help: `One of ${exportFormats.join(', ')}. GGUF is what llama.cpp loads.`,
    default: 'huggingface',
  }),
  dtype: option(choice(['keep', 'float32', 'bfloat16', 'float16', 'f32', 'bf16', 'f16']), {
    placeholder: 'NAME',
    help: 'Of a Hugging Face folder: keep, float32 (f32), bfloat16 (bf16) or float16 (f16).',
    default: 'keep',
  }),
  max_shard_size: option(fileSize(), {
    placeholder: 'SIZE',
    help: 'Of a Hugging Face folder: above this the weights are several files.',
    default: 5_000_000_000,
    defaultText: '5GB',
  }),
  lineage: option(text(), {
    placeholder: 'FILE',
    help: 'JSON of what the model was made from, for its card.',
    default: null,
    defaultText: "of a project's model what its run recorded; else the source's README.md",
  }),
}

export const exportCommand: Command = {
  name: 'export',
  summary: 'writes a model as other programs load it: a Hugging Face folder, or GGUF',
  usage: '--model FOLDER --output PATH [--format gguf-q8_0] [--dtype bfloat16] [--max_shard_size 5GB]',
  options,
  async run(context, argv) {
    const asked = readExportOptions(argv)
    const request = asked.lineage
      ? asked
      : { ...asked, lineage: await recordedLineage(context, asked.modelDir) }
    const { outPath, files, bytes, seconds } = await followStage(context, 'exportModel', request)
    const count = files.length === 1 ? '' : ` in ${files.length} files`
    context.display.line(`${outPath}: ${gigabytes(bytes)}${count}, ${duration(seconds)}`)
  },
}

/** What the run's record tells of a project's model; null for any other. */
async function recordedLineage(context: CommandContext, modelDir: string): Promise<ModelLineage | null> {
  const { versions } = await context.engine().call('describe', {})
  const { lineage, remark } = await findLineage(modelDir, versions)
  if (remark !== null) context.display.line(`note: ${remark}`)
  return lineage
}

export function readExportOptions(argv: readonly string[]): ReturnType<typeof ExportRequest.parse> {
  const { given, values } = readOptions(argv, options, 'export')
  const isFolder = values.format === 'huggingface'
  for (const name of ['dtype', 'max_shard_size'])
    if (!isFolder && given.has(name))
      throw new UsageError(`--${name} belongs to --format huggingface; a GGUF file has its own.`, 'export')
  if (!isFolder && !values.output.toLowerCase().endsWith('.gguf'))
    throw new UsageError(`--output ${values.output}: a GGUF file's name ends in .gguf.`, 'export')
  return ExportRequest.parse({
    modelDir: existing(values.model),
    outPath: resolve(values.output),
    format: values.format,
    dtype: dtypes[values.dtype],
    maxShardBytes: values.max_shard_size,
    lineage: values.lineage === null ? null : readLineage(existing(values.lineage)),
  })
}

function readLineage(path: string): ModelLineage {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new AppError('FILE_UNREADABLE', `${path} is not JSON: ${String(cause)}`, { path }, { cause })
  }
  const parsed = ModelLineage.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new AppError(
    'BAD_INPUT',
    `${path}: "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'not understood'}.`,
    { path },
  )
}
