import { resolve } from 'node:path'
import { GenerateRequest } from '../../contract/engine.ts'
import { thousands } from '../report/number-format.ts'
import { noticeMeaningless, type Command } from './command.ts'
import { promptFormat } from './data-options.ts'
import { existing, requireSplit } from './dataset-file.ts'
import { deviceOptions, type DeviceValues, useDevice } from './device-option.ts'
import { followStage } from './follow-stage.ts'
import { choice, integer, number, text } from './option-kinds.ts'
import { option, readOptions } from './options.ts'
import { sharedDeviceOptions, sharedDevices } from './shared-devices.ts'
import { UsageError } from './usage-error.ts'

const options = {
  model: option(text(), { placeholder: 'FOLDER', help: 'The opponent: a Hugging Face model folder.' }),
  input_dir: option(text(), { placeholder: 'FOLDER', help: 'A reformatted dataset.' }),
  output_dir: option(text(), {
    placeholder: 'FOLDER',
    help: 'Where loser_0.jsonl … go.',
    default: 'generated/iter1',
  }),
  batch_size: option(integer(1), {
    placeholder: 'N',
    help: 'Prompts answered at once. Answers do not depend on it.',
    default: 16,
  }),
  frac_len: option(integer(0), {
    placeholder: 'N',
    help: 'Rows a fraction; 0 = everything is one. 800 is recommended.',
    default: 0,
  }),
  data_frac: option(integer(0), { placeholder: 'N', help: 'Which fraction to answer.', default: 0 }),
  num_data_frac: option(integer(0), {
    placeholder: 'N',
    help: 'Answers fractions 0 to N−1 instead, or with 0 all that the data has.',
    default: null,
    defaultText: 'only data_frac',
  }),
  split: option(choice(['train', 'test']), { placeholder: 'NAME', help: 'train or test.', default: 'train' }),
  temperature: option(number(), {
    placeholder: 'X',
    help: '0 = greedy, as the official Hugging Face script; 1 as its vLLM script.',
    default: 1,
  }),
  top_k: option(integer(0), { placeholder: 'N', help: '0 = off.', default: 0 }),
  top_p: option(number(), { placeholder: 'X', help: '1 = off.', default: 1 }),
  max_new_tokens: option(integer(1), { placeholder: 'N', help: 'Longest answer, in tokens.', default: 256 }),
  seed: option(integer(), {
    placeholder: 'N',
    help: 'Each row samples from its own stream of it.',
    default: 42,
  }),
  prompt_format: promptFormat,
  ...deviceOptions,
  ...sharedDeviceOptions,
  world_size: option(integer(), { placeholder: 'N', help: '', default: null, meaningless: 'see --devices' }),
  tp_per_worker: option(integer(), {
    placeholder: 'N',
    help: '',
    default: null,
    meaningless: 'see --devices',
  }),
}

/** spin/generate.py, generate_vllm.py and batched_generate_vllm.py: the opponent answers the prompts. */
export const generateCommand: Command = {
  name: 'generate',
  summary: 'lets a model answer the prompts, in fractions',
  usage:
    '--model FOLDER --input_dir FOLDER [--output_dir FOLDER] [--frac_len 800 --data_frac 0] [--split train]',
  options,
  async run(context, argv) {
    const { request, device, devices, meaningless } = readGenerateOptions(argv)
    await useDevice(context, device)
    context.devices.push(...devices)
    noticeMeaningless(context.display, { meaningless })
    const result = await followStage(context, 'generate', request)
    for (const fraction of result.fractions) {
      const capped = fraction.capped > 0 ? `, ${thousands(fraction.capped)} cut at the token limit` : ''
      const empty = fraction.empty > 0 ? `, ${thousands(fraction.empty)} empty` : ''
      context.display.line(`${fraction.path}: ${thousands(fraction.rows)} rows${capped}${empty}`)
    }
  },
}

export function readGenerateOptions(argv: readonly string[]): {
  request: ReturnType<typeof GenerateRequest.parse>
  device: DeviceValues
  devices: string[]
  meaningless: string[]
} {
  const { values, meaningless } = readOptions(argv, options, 'generate')
  const many = values.num_data_frac
  const request = GenerateRequest.safeParse({
    modelDir: existing(values.model),
    dataPath: requireSplit(values.input_dir, values.split),
    outDir: resolve(values.output_dir),
    split: values.split,
    fracLen: values.frac_len,
    fractions:
      many === null ? [values.data_frac] : many === 0 ? null : Array.from({ length: many }, (_, i) => i),
    settings: {
      temperature: values.temperature,
      topK: values.top_k,
      topP: values.top_p,
      maxNewTokens: values.max_new_tokens,
      batchSize: values.batch_size,
      seed: values.seed,
      promptFormat: values.prompt_format,
    },
  })
  if (!request.success)
    throw new UsageError(
      request.error.issues.map((i) => `${i.path.at(-1)?.toString() ?? ''}: ${i.message}`).join('; '),
      'generate',
    )
  return {
    request: request.data,
    device: values,
    devices: sharedDevices(values, 'generate'),
    meaningless,
  }
}
