import { z } from 'zod'
import { BenchmarkTaskName } from '../../../../contract/benchmarks.ts'

const Text = z.string().max(100_000)
const Split = z.string().min(1).max(200)
const Paths = z.union([z.string().max(4096), z.array(z.string().max(4096)).min(1).max(1000)])

const Metric = z.strictObject({
  metric: z.enum(['acc', 'acc_norm', 'acc_bytes', 'exact_match']),
  aggregation: z.literal('mean').default('mean'),
  higher_is_better: z.literal(true).default(true),
  ignore_case: z.boolean().default(false),
  ignore_punctuation: z.boolean().default(false),
  ignore_numbers: z.boolean().default(false),
  regexes_to_ignore: z.array(Text).max(20).default([]),
})

const FilterStep = z.discriminatedUnion('function', [
  z.strictObject({
    function: z.literal('regex'),
    regex_pattern: z
      .string()
      .max(2000)
      .default(String.raw`#### (\-?[0-9\.\,]+)`),
    group_select: z.number().int().default(0),
    fallback: Text.default('[invalid]'),
  }),
  z.strictObject({ function: z.literal('take_first') }),
])

const Filter = z.strictObject({
  name: z.string().regex(/^[^,\s]{1,80}$/),
  filter: z.array(FilterStep).min(1).max(10),
})

const GenerationSettings = z.strictObject({
  until: z.union([Text, z.array(Text).max(50)]).optional(),
  max_gen_toks: z.number().int().min(1).max(100_000).default(256),
  do_sample: z.literal(false).default(false),
  temperature: z.literal(0).default(0),
})

/** What is only told about a task; nothing is computed from it. */
const remarks = {
  task_alias: z.string().max(200).optional(),
  tag: z.unknown().optional(),
  metadata: z.unknown().optional(),
  should_decontaminate: z.unknown().optional(),
  doc_to_decontamination_query: z.unknown().optional(),
}

/** The keys of a task of lm-evaluation-harness that are understood; all others are refused by name. */
export const OwnTask = z.strictObject({
  task: BenchmarkTaskName,
  /** "json", "csv" or "parquet" with `data_files`; a folder (`./data`, from the YAML file on); a dataset of the hub. */
  dataset_path: z.string().min(1).max(4096),
  dataset_name: z.string().min(1).max(200).nullable().default(null),
  dataset_kwargs: z.strictObject({ data_files: z.union([Paths, z.record(Split, Paths)]) }).optional(),
  training_split: Split.nullable().default(null),
  validation_split: Split.nullable().default(null),
  test_split: Split.nullable().default(null),
  fewshot_split: Split.nullable().default(null),
  fewshot_config: z.strictObject({ sampler: z.enum(['default', 'first_n']).default('default') }).optional(),
  num_fewshot: z.number().int().min(0).max(100).nullable().default(null),
  output_type: z.enum(['multiple_choice', 'generate_until']),
  doc_to_text: Text,
  doc_to_target: z.union([Text, z.number().int().min(0)]),
  doc_to_choice: z.union([Text, z.array(Text).min(1).max(200)]).optional(),
  description: Text.default(''),
  target_delimiter: Text.default(' '),
  fewshot_delimiter: Text.default('\n\n'),
  metric_list: z.array(Metric).min(1).max(10).optional(),
  generation_kwargs: GenerationSettings.optional(),
  filter_list: z.array(Filter).min(1).max(20).optional(),
  repeats: z.literal(1).default(1),
  ...remarks,
})
export type OwnTask = z.output<typeof OwnTask>
