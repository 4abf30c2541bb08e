import { resolve } from 'node:path'
import { FinetuneRequest } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { TrainingMethod } from '../../contract/presets.ts'
import { adapterSettings } from './adapter-options.ts'
import { existing, findSplit, requireSplit } from './dataset-file.ts'
import type { DeviceValues } from './device-option.ts'
import { sharedDevices } from './shared-devices.ts'
import { allFinetuneKeys, type finetuneKeys, unsupportedKeys } from './finetune-keys.ts'
import { parseOptions, splitArguments, type OptionValues } from './options.ts'
import { UsageError } from './usage-error.ts'
import { readYaml } from './yaml-file.ts'

export interface FinetuneConfig {
  request: ReturnType<typeof FinetuneRequest.parse>
  device: DeviceValues
  /** Several that work together; none = one. */
  devices: string[]
  loggingSteps: number
  meaningless: string[]
  /** What the reader of an official config should know about how it was understood. */
  remarks: string[]
}

/**
 * `config.yaml --key=value …` → the engine's request. The command line wins over the file; values are typed whichever
 * way they came. @throws UsageError for keys that are not known or do not parse; AppError FILE_NOT_FOUND,
 * FILE_UNREADABLE, BAD_INPUT for what is asked and not there.
 */
export function readFinetuneConfig(argv: readonly string[]): FinetuneConfig {
  const { given, positional } = splitArguments(argv, allFinetuneKeys, 'finetune')
  if (positional.length > 1) {
    throw new UsageError(
      `One config file is expected; found ${positional.join(' and ')}. Options are written --key=value.`,
      'finetune',
    )
  }
  const file = positional[0]
  const raw = new Map<string, unknown>(file === undefined ? [] : readYamlMapping(file))
  if (file !== undefined)
    parseOptions(new Map([...raw].map(([key]) => [key, null])), optionalKeys, 'finetune', `${file}: `)
  for (const [key, value] of given) raw.set(key, value)
  const refused = refuseUnsupported(raw)
  const { values, meaningless } = parseOptions(raw, allFinetuneKeys, 'finetune')
  return toRequest(
    values as OptionValues<typeof finetuneKeys>,
    meaningless.filter((key) => !refused.has(key)),
  )
}

/** The same table with nothing required: for naming unknown keys by the file they stand in. */
const optionalKeys = Object.fromEntries(
  Object.entries(allFinetuneKeys).map(([name, spec]) => [name, { ...spec, default: null }]),
)

function readYamlMapping(path: string): [string, unknown][] {
  const { at, value } = readYaml(path)
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new AppError(
      'FILE_UNREADABLE',
      `${at} should hold keys and values (key: value), as configs/config.yaml of the official repository.`,
      { path: at },
    )
  }
  return Object.entries(value)
}

/** Keys that are given but turned off are fine. @throws AppError BAD_INPUT */
function refuseUnsupported(raw: ReadonlyMap<string, unknown>): Set<string> {
  const seen = new Set<string>()
  for (const [name, { off, instead }] of Object.entries(unsupportedKeys)) {
    const value = raw.get(name)
    if (value === undefined) continue
    seen.add(name)
    const isOff =
      value === null ||
      value === '' ||
      off.some((v) => v === value || String(v) === String(value).toLowerCase())
    if (!isOff) {
      throw new AppError(
        'BAD_INPUT',
        `${name}: ${JSON.stringify(value)} would change what is computed and is not available. ${instead}`,
        { key: name },
      )
    }
  }
  return seen
}

function toRequest(values: OptionValues<typeof finetuneKeys>, meaningless: string[]): FinetuneConfig {
  const remarks: string[] = []
  const wantsTest = values.dataset_splits.some((split) => split.startsWith('test'))
  const folders = Object.entries(values.dataset_mixer)
  if (folders.length === 0) throw new UsageError('dataset_mixer names no folder.', 'finetune')
  const sources = folders.map(([folder, fraction]) => ({ path: requireSplit(folder, 'train'), fraction }))
  const heldOut = wantsTest
    ? folders
        .map(([folder]) => findSplit(folder, 'test'))
        .filter((path) => path !== null && !sources.some((s) => s.path === path))
    : []
  if (heldOut.length > 1)
    remarks.push(`held-out pairs are those of ${folders.at(-1)![0]}; the other test splits are not used`)

  const batchSize = values.per_device_train_batch_size * values.gradient_accumulation_steps
  remarks.push(
    `${batchSize} pairs an optimizer step (per_device_train_batch_size × gradient_accumulation_steps, one device; the published runs have 64 on 8)`,
  )
  const stopEpoch = values.stop_epoch ?? values.num_train_epochs
  if (stopEpoch > values.num_train_epochs)
    throw new UsageError('stop_epoch comes after num_train_epochs, the end of the schedule.', 'finetune')
  const adapter = adapterSettings(methodOf(values), values)
  const constant = values.lr_scheduler_type === 'constant'
  const request = FinetuneRequest.parse({
    modelDir: existing(values.model_name_or_path),
    sources,
    heldOutPath: heldOut.at(-1) ?? null,
    workDir: resolve(values.work_dir ?? `${values.output_dir.replace(/[\\/]+$/, '')}-work`),
    outDir: resolve(values.output_dir),
    settings: {
      objective: values.objective,
      lossType: values.loss_type,
      beta: values.beta,
      nllWeight: values.nll_weight,
      negatives: values.negatives,
      optimizer: {
        ...optimizerOf(values.optim),
        lr: values.learning_rate,
        weightDecay: values.weight_decay,
        beta1: values.adam_beta1,
        beta2: values.adam_beta2,
        eps: values.adam_epsilon,
        clipNorm: values.max_grad_norm > 0 ? values.max_grad_norm : null,
      },
      adapter,
      precision: values.precision,
      schedule: {
        kind: values.lr_scheduler_type === 'constant_with_warmup' ? 'constant' : values.lr_scheduler_type,
        // transformers' "constant" has no warm-up, whatever warmup_ratio says.
        warmupRatio: constant ? 0 : values.warmup_ratio,
        warmupSteps: !constant && values.warmup_steps > 0 ? values.warmup_steps : null,
        finalRatio: values.final_lr_ratio,
        scheduleEpochs: values.num_train_epochs,
        stopEpoch,
      },
      batchSize,
      microBatch: values.per_device_train_batch_size,
      maxSteps: values.max_steps > 0 ? values.max_steps : null,
      maxLength: values.max_length,
      maxPromptLength: values.max_prompt_length,
      seed: values.seed,
      checkpointEverySteps: values.save_strategy === 'steps' ? values.save_steps : 50,
      guards: { enabled: values.guards },
      promptFormat: values.prompt_format,
    },
    gates: { maxEqual: values.max_equal, maxCapped: values.max_capped, maxEmpty: values.max_empty },
  })
  return {
    request,
    device: values,
    devices: sharedDevices(values, 'finetune'),
    loggingSteps: values.logging_steps,
    meaningless,
    remarks,
  }
}

function methodOf(values: OptionValues<typeof finetuneKeys>): TrainingMethod {
  const { use_peft: peft, load_in_8bit: eight, load_in_4bit: four } = values
  if (eight && four)
    throw new UsageError(
      'load_in_8bit and load_in_4bit exclude each other: expected one of them.',
      'finetune',
    )
  if ((eight || four) && !peft) {
    throw new UsageError(
      `${eight ? 'load_in_8bit' : 'load_in_4bit'} freezes the weights: expected use_peft too, which trains an adapter on them.`,
      'finetune',
    )
  }
  if (!peft) return 'full'
  return eight ? 'qlora8' : four ? 'qlora4' : 'lora'
}

/** The names of transformers' TrainingArguments.optim. */
function optimizerOf(name: string): { kind: 'rmsprop' | 'adamw'; stateBits: 8 | 32 } {
  if (name === 'rmsprop') return { kind: 'rmsprop', stateBits: 32 }
  if (/^rmsprop(_bnb)?_8bit$/.test(name)) return { kind: 'rmsprop', stateBits: 8 }
  if (/^adamw(_hf|_torch|_torch_fused)?$/.test(name)) return { kind: 'adamw', stateBits: 32 }
  if (/^adamw(_bnb)?_8bit$/.test(name)) return { kind: 'adamw', stateBits: 8 }
  throw new UsageError(
    `optim: ${JSON.stringify(name)} is not available. Use rmsprop (the official run), adamw_torch, or adamw_8bit.`,
    'finetune',
  )
}
