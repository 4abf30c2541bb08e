import { z } from 'zod'
import { adapterOptions } from './adapter-options.ts'
import { gateOptions, promptFormat } from './data-options.ts'
import { deviceOptions } from './device-option.ts'
import { sharedDeviceOptions } from './shared-devices.ts'
import { choice, flag, integer, number, text, yamlValue } from './option-kinds.ts'
import { precisionOption } from './precision-option.ts'
import { option, type OptionSpec, type OptionTable } from './options.ts'

/**
 * The keys of the official configs/config.yaml, those of its trainer that have a meaning here, and this program's own.
 * Names and defaults are those of uclaml/SPIN (configs/config.yaml, spin/alignment/configs.py) unless said otherwise.
 */
export const finetuneKeys = {
  model_name_or_path: option(text(), {
    placeholder: 'FOLDER',
    help: 'The start model, which is also the opponent.',
  }),
  dataset_mixer: option(
    yamlValue().pipe(z.record(z.string(), z.number().gt(0).max(1), 'expected {folder: share, …}')),
    {
      placeholder: '{FOLDER: SHARE}',
      help: 'Folders of gathered pairs with the share of rows taken from each (the first ones).',
    },
  ),
  dataset_splits: option(
    yamlValue().pipe(
      z.preprocess((value) => (typeof value === 'string' ? value.split(',') : value), z.array(z.string())),
    ),
    {
      placeholder: 'LIST',
      help: 'Trains on the split "train"; "test", where it is named, feeds the guards.',
      default: ['train', 'test'],
      defaultText: 'train,test',
    },
  ),
  output_dir: option(text(), {
    placeholder: 'FOLDER',
    help: 'Where the new model goes.',
    default: 'outputs',
  }),
  beta: option(
    number().refine((value) => value > 0, 'expected more than 0'),
    { placeholder: 'X', help: 'Weight of the log-ratios in the SPIN loss.', default: 0.1 },
  ),
  learning_rate: option(
    number().refine((value) => value > 0, 'expected more than 0'),
    { placeholder: 'X', help: 'Peak learning rate.', default: 5e-7 },
  ),
  num_train_epochs: option(
    number().refine((value) => value > 0, 'expected more than 0'),
    { placeholder: 'X', help: 'Length of the schedule, in epochs.', default: 3 },
  ),
  stop_epoch: option(
    number().refine((value) => value > 0, 'expected more than 0'),
    {
      placeholder: 'X',
      help: 'Ends earlier on the same schedule: the published checkpoints are at 2 epochs of 6.',
      default: null,
      defaultText: 'num_train_epochs',
    },
  ),
  max_steps: option(integer(-1), {
    placeholder: 'N',
    help: 'Ends after so many optimizer steps; -1 = the epochs decide.',
    default: -1,
  }),
  per_device_train_batch_size: option(integer(1), {
    placeholder: 'N',
    help: 'Pairs worked on at once.',
    default: 8,
  }),
  gradient_accumulation_steps: option(integer(1), {
    placeholder: 'N',
    help: 'Micro-batches an optimizer step. There is one device: 8 gives the published 64 pairs a step.',
    default: 1,
  }),
  lr_scheduler_type: option(choice(['linear', 'cosine', 'constant', 'constant_with_warmup']), {
    placeholder: 'NAME',
    help: 'linear, cosine, constant or constant_with_warmup.',
    default: 'linear',
  }),
  warmup_ratio: option(
    number().refine((v) => v >= 0 && v <= 1, 'expected 0 to 1'),
    { placeholder: 'X', help: 'Warm-up as a share of the schedule.', default: 0.1 },
  ),
  warmup_steps: option(integer(0), {
    placeholder: 'N',
    help: 'Warm-up in steps; wins over warmup_ratio when above 0.',
    default: 0,
  }),
  final_lr_ratio: option(
    number().refine((v) => v >= 0 && v <= 1, 'expected 0 to 1'),
    {
      placeholder: 'X',
      help: 'Learning rate at the end of the schedule, as a share of the peak.',
      default: 0,
    },
  ),
  optim: option(text(), {
    placeholder: 'NAME',
    help: 'rmsprop, or an AdamW (adamw_torch, adamw_hf, adamw_torch_fused, adamw); with 8-bit state: adamw_8bit, adamw_bnb_8bit, rmsprop_bnb_8bit.',
    default: 'rmsprop',
  }),
  weight_decay: option(number(), { placeholder: 'X', help: 'Decoupled for AdamW.', default: 0 }),
  adam_beta1: option(number(), { placeholder: 'X', help: 'AdamW.', default: 0.9 }),
  adam_beta2: option(number(), { placeholder: 'X', help: 'AdamW.', default: 0.999 }),
  adam_epsilon: option(number(), { placeholder: 'X', help: 'AdamW.', default: 1e-8 }),
  max_grad_norm: option(number(), {
    placeholder: 'X',
    help: 'Clips the gradient norm; 0 = no clipping.',
    default: 1,
  }),
  max_length: option(integer(8), {
    placeholder: 'N',
    help: 'Prompt and answer together, in tokens.',
    default: 1024,
  }),
  max_prompt_length: option(integer(4), {
    placeholder: 'N',
    help: 'What an over-long prompt is cut to, keeping its end.',
    default: 512,
  }),
  seed: option(integer(), { placeholder: 'N', help: 'Order of the rows.', default: 42 }),
  logging_steps: option(integer(0), {
    placeholder: 'N',
    help: 'A line with the metrics every so many steps; 0 = none.',
    default: 10,
  }),
  save_strategy: option(choice(['no', 'epoch', 'steps']), {
    placeholder: 'NAME',
    help: 'With "steps", save_steps says how often. A resumable checkpoint is kept in every case.',
    default: 'epoch',
  }),
  save_steps: option(integer(1), {
    placeholder: 'N',
    help: 'Steps between two checkpoints, with save_strategy steps.',
    default: 50,
  }),
  loss_type: option(choice(['sigmoid', 'hinge', 'ipo']), {
    placeholder: 'NAME',
    help: 'sigmoid, hinge or ipo (beta is then its τ; log-probs are means over tokens, as in trl).',
    default: 'sigmoid',
  }),
  objective: option(choice(['spin', 'dpo', 'sft']), {
    placeholder: 'NAME',
    help: 'dpo: the pairs are a preference set (reformat --keep_rejected=true). sft: only the human answers of the rows.',
    default: 'spin',
  }),
  nll_weight: option(
    number().refine((v) => v >= 0, 'expected 0 or more'),
    { placeholder: 'X', help: 'Weight of the NLL of the human answers beside the SPIN loss.', default: 0 },
  ),
  negatives: option(choice(['all', 'checked-wrong']), {
    placeholder: 'NAME',
    help: 'checked-wrong: only answers that a checker calls wrong count as generated ones. Not plain SPIN.',
    default: 'all',
  }),
  guards: option(flag(), {
    placeholder: 'true|false',
    help: 'Stops when the human answers lose likelihood or held-out NLL rises.',
    default: false,
  }),
  prompt_format: promptFormat,
  work_dir: option(text(), {
    placeholder: 'FOLDER',
    help: 'Checkpoints and opponent log-probs.',
    default: null,
    defaultText: 'output_dir with -work',
  }),
  use_peft: option(flag(), {
    placeholder: 'true|false',
    help: 'Trains a LoRA adapter on the frozen model instead of all weights; its learning rate is about ten times theirs.',
    default: false,
  }),
  ...precisionOption,
  ...adapterOptions,
  ...deviceOptions,
  ...sharedDeviceOptions,
  load_in_8bit: option(flag(), {
    placeholder: 'true|false',
    help: 'With use_peft: the frozen matrices of the layers are held in 8 bits.',
    default: false,
  }),
  load_in_4bit: option(flag(), {
    placeholder: 'true|false',
    help: 'With use_peft: in 4 bits (NF4, as QLoRA).',
    default: false,
  }),
  ...gateOptions,
} satisfies OptionTable

/** Keys that would change what is computed and are not there yet: taken only with the value that turns them off. */
export const unsupportedKeys: Readonly<Record<string, { off: readonly unknown[]; instead: string }>> = {
  lora_modules_to_save: { off: [], instead: 'Only the adapter is trained: remove it.' },
  bnb_4bit_quant_type: { off: ['nf4'], instead: 'Four bits are NF4: remove it.' },
  use_bnb_nested_quant: { off: [false], instead: 'Scales are float32: remove it.' },
  chat_template: { off: [], instead: 'Put the template into the model’s tokenizer_config.json.' },
  max_train_samples: { off: [], instead: 'Take a share of the rows in dataset_mixer.' },
  neftune_noise_alpha: { off: [0], instead: 'Remove it.' },
  label_smoothing_factor: { off: [0], instead: 'Remove it.' },
  lr_scheduler_kwargs: { off: [], instead: 'final_lr_ratio sets the end of the schedule.' },
  optim_args: { off: [], instead: 'adam_beta1, adam_beta2 and adam_epsilon set the optimizer.' },
}

const unused = (names: string): Record<string, OptionSpec> =>
  Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [
        name,
        { schema: z.unknown(), placeholder: 'X', help: '', default: null, meaningless: '' },
      ]),
  )

/**
 * Keys of the official config, its parser and Hugging Face's TrainingArguments that change nothing here: there is one
 * device, a type that `precision` chooses, recomputed activations, no Hub and no other logger.
 */
const meaninglessKeys = unused(`
  bf16 fp16 tf32 torch_dtype half_precision_backend gradient_checkpointing gradient_checkpointing_kwargs use_flash_attention_2
  trust_remote_code base_model_revision model_revision model_code_revision truncation_side preprocessing_num_workers max_eval_samples
  do_train do_eval do_predict evaluation_strategy eval_strategy eval_steps per_device_eval_batch_size eval_accumulation_steps
  hub_model_id hub_model_revision hub_private_repo hub_strategy hub_token push_to_hub log_level log_on_each_node logging_dir
  logging_first_step logging_strategy report_to run_name disable_tqdm save_total_limit save_safetensors save_only_model
  save_on_each_node overwrite_output_dir resume_from_checkpoint load_best_model_at_end remove_unused_columns group_by_length
  dataloader_num_workers dataloader_pin_memory dataloader_drop_last ddp_find_unused_parameters ddp_timeout ddp_backend
  deepspeed fsdp fsdp_config local_rank full_determinism data_seed use_cpu no_cuda max_seq_length
`)

/** Everything that a config file or the command line may name. */
export const allFinetuneKeys: OptionTable = {
  ...finetuneKeys,
  ...Object.fromEntries(
    Object.keys(unsupportedKeys).map((name) => [
      name,
      { schema: yamlValue(), placeholder: 'X', help: '', default: null, meaningless: '' },
    ]),
  ),
  ...meaninglessKeys,
}
