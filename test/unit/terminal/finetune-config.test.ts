import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFinetuneConfig } from '../../../src/main/terminal/finetune-config.ts'
import { UsageError } from '../../../src/main/terminal/usage-error.ts'

let dir: string
const at = (name: string): string => join(dir, name)

/** The keys and values of the official configs/config.yaml, with local folders. */
const official = (): string => `# Model arguments
model_name_or_path: ${at('model')}

# Data training arguments
dataset_mixer:
  ${at('iter0')}: 1.0
  ${at('iter1')}: 0.5
dataset_splits:
- train
- test
preprocessing_num_workers: 12

# Trainer arguments
bf16: true
beta: 0.1
do_eval: false
evaluation_strategy: "no"
eval_steps: 100
gradient_accumulation_steps: 1
gradient_checkpointing: true
hub_model_id: zephyr-7b-spin
learning_rate: 5.0e-7
log_level: info
logging_steps: 10
lr_scheduler_type: linear
max_length: 1024
max_prompt_length: 512
num_train_epochs: 3
optim: rmsprop
output_dir: ${at('outputs')}
per_device_train_batch_size: 8
per_device_eval_batch_size: 4
push_to_hub: false
save_strategy: "epoch"
save_total_limit: null
seed: 42
warmup_ratio: 0.1
`
const write = (name: string, content: string): string => {
  writeFileSync(at(name), content)
  return at(name)
}
/** The official config with some lines replaced or added. */
const config = (extra = '', ...argv: string[]) =>
  readFinetuneConfig([write('config.yaml', official() + extra), ...argv])

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'finetune-'))
  mkdirSync(at('model'))
  for (const folder of ['iter0', 'iter1']) {
    mkdirSync(at(folder))
    for (const split of ['train', 'test'])
      writeFileSync(join(at(folder), `${split}_prefs-00000-of-00001.parquet`), 'PAR1')
  }
})
afterAll(() => rmSync(dir, { recursive: true }))

describe('finetune with an official config', () => {
  it('maps every key that has a meaning here', () => {
    const { request, loggingSteps } = config()
    expect(request).toMatchObject({
      modelDir: at('model'),
      sources: [
        { path: join(at('iter0'), 'train_prefs-00000-of-00001.parquet'), fraction: 1 },
        { path: join(at('iter1'), 'train_prefs-00000-of-00001.parquet'), fraction: 0.5 },
      ],
      heldOutPath: join(at('iter1'), 'test_prefs-00000-of-00001.parquet'),
      workDir: `${at('outputs')}-work`,
      outDir: at('outputs'),
      settings: {
        objective: 'spin',
        lossType: 'sigmoid',
        beta: 0.1,
        nllWeight: 0,
        optimizer: { kind: 'rmsprop', lr: 5e-7, alpha: 0.99, eps: 1e-8, weightDecay: 0, clipNorm: 1 },
        schedule: {
          kind: 'linear',
          warmupRatio: 0.1,
          warmupSteps: null,
          scheduleEpochs: 3,
          stopEpoch: 3,
          finalRatio: 0,
        },
        batchSize: 8,
        microBatch: 8,
        maxSteps: null,
        maxLength: 1024,
        maxPromptLength: 512,
        seed: 42,
        guards: { enabled: false },
      },
    })
    expect(loggingSteps).toBe(10)
  })

  it('lists what has no meaning here, once, and leaves out what is null', () => {
    const { meaningless } = config()
    expect(meaningless).toEqual(
      expect.arrayContaining([
        'bf16',
        'gradient_checkpointing',
        'preprocessing_num_workers',
        'hub_model_id',
        'push_to_hub',
      ]),
    )
    expect(meaningless).not.toContain('save_total_limit')
    expect(meaningless).not.toContain('beta')
    expect(new Set(meaningless).size).toBe(meaningless.length)
  })

  it('takes the overrides of finetune_iter3.sh as numbers: the official parser left beta text', () => {
    const { request } = config(
      '',
      '--learning_rate=1e-7',
      '--beta=5.0',
      '--num_train_epochs=6',
      '--warmup_ratio',
      '0.1',
    )
    expect(request.settings.beta).toBe(5)
    expect(request.settings.optimizer.lr).toBe(1e-7)
    expect(request.settings.schedule.scheduleEpochs).toBe(6)
  })

  it('separates the end of training from the end of the schedule', () => {
    const { schedule } = config('', '--num_train_epochs=6', '--stop_epoch=2').request.settings
    expect(schedule).toMatchObject({ scheduleEpochs: 6, stopEpoch: 2 })
    expect(() => config('', '--stop_epoch=4')).toThrow(/stop_epoch comes after/)
  })

  it('accumulates micro-batches to the batch of a step', () => {
    const { settings } = config('', '--gradient_accumulation_steps=8').request
    expect([settings.batchSize, settings.microBatch]).toEqual([64, 8])
  })

  it('takes a mapping on the command line, and values with = in them', () => {
    const { request } = config('', `--dataset_mixer={"${at('iter0')}": 0.25}`, `--output_dir=${at('a=b')}`)
    expect(request.sources).toEqual([
      { path: join(at('iter0'), 'train_prefs-00000-of-00001.parquet'), fraction: 0.25 },
    ])
    expect(request.outDir).toBe(at('a=b'))
  })

  it('works without a file, and leaves held-out pairs out when dataset_splits does not name test', () => {
    const { request } = readFinetuneConfig([
      '--model_name_or_path',
      at('model'),
      `--dataset_mixer={${at('iter0')}: 1.0}`,
      '--dataset_splits=train',
      '--optim',
      'adamw_torch',
    ])
    expect(request.heldOutPath).toBeNull()
    expect(request.settings.optimizer.kind).toBe('adamw')
    expect(request.outDir).toBe(resolve('outputs'))
  })

  it('gives transformers’ constant schedule no warm-up, constant_with_warmup its own', () => {
    expect(config('', '--lr_scheduler_type=constant').request.settings.schedule).toMatchObject({
      kind: 'constant',
      warmupRatio: 0,
    })
    expect(config('', '--lr_scheduler_type=constant_with_warmup').request.settings.schedule).toMatchObject({
      kind: 'constant',
      warmupRatio: 0.1,
    })
  })

  it('takes DPO, the IPO loss, and the 8-bit optimizers under transformers’ names', () => {
    const { settings } = config('', '--objective=dpo', '--loss_type=ipo', '--optim=adamw_bnb_8bit').request
    expect(settings).toMatchObject({
      objective: 'dpo',
      lossType: 'ipo',
      optimizer: { kind: 'adamw', stateBits: 8 },
    })
    expect(config('', '--optim=rmsprop_bnb_8bit').request.settings.optimizer).toMatchObject({
      kind: 'rmsprop',
      stateBits: 8,
    })
    expect(config().request.settings.optimizer.stateBits).toBe(32)
  })

  it('names the nearest key for an unknown one, and the file it stands in', () => {
    expect(() => config('learning_rat: 1e-6\n')).toThrow(
      /config\.yaml: learning_rat is not known to finetune\. Did you mean .*learning_rate\?/,
    )
    expect(() => config('', '--max_lenght=5')).toThrow('Did you mean --max_length?')
  })

  it.each([
    ['--beta=big', /--beta: expected a number, found "big"/],
    ['--beta=0', /expected more than 0/],
    ['--optim=sgd', /optim: "sgd" is not available/],
    ['--lr_scheduler_type=polynomial', /expected one of linear, cosine/],
    ['--dataset_mixer={}', /names no folder/],
    ['--dataset_mixer={a: 2}', /dataset_mixer/],
  ])('refuses %s as a wrong command line', (argument, message) => {
    expect(() => config('', argument)).toThrow(message)
    expect(() => config('', argument)).toThrow(UsageError)
  })

  it('refuses what would change the computation, and takes it turned off', () => {
    expect(() => config('neftune_noise_alpha: 5\n')).toThrow(
      /neftune_noise_alpha: 5 would change what is computed/,
    )
    expect(() => config('', '--lora_modules_to_save=[lm_head]')).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT' }),
    )
    const off =
      'use_bnb_nested_quant: false\nbnb_4bit_quant_type: nf4\nlora_modules_to_save: null\nchat_template: null\n'
    expect(config(off).request.settings.beta).toBe(0.1)
  })

  it.each([
    ['use_peft: false\nload_in_8bit: false\n', null],
    [
      'use_peft: true\n',
      { rank: 16, alpha: 32, dropout: 0.05, targetModules: ['all-linear'], baseWeights: 'f32' },
    ],
    [
      'use_peft: true\nload_in_4bit: true\nlora_r: 64\nlora_alpha: 16\nlora_dropout: 0\nlora_target_modules: [q_proj, v_proj]\n',
      { rank: 64, alpha: 16, dropout: 0, targetModules: ['q_proj', 'v_proj'], baseWeights: 'int4' },
    ],
    [
      'use_peft: true\nload_in_8bit: true\nlora_target_modules: q_proj, o_proj\n',
      { targetModules: ['q_proj', 'o_proj'], baseWeights: 'int8' },
    ],
  ])('adapter: %j', (yaml, expected) => {
    const { adapter } = config(yaml).request.settings
    if (expected === null) expect(adapter).toBeNull()
    else expect(adapter).toMatchObject(expected)
  })

  it('refuses quantized weights without an adapter, and two widths at once', () => {
    expect(() => config('load_in_4bit: true\n')).toThrow(
      /load_in_4bit freezes the weights: expected use_peft/,
    )
    expect(() => config('use_peft: true\nload_in_8bit: true\nload_in_4bit: true\n')).toThrow(
      /exclude each other/,
    )
  })

  it('says what is missing: file, folder, Hub name, split', () => {
    expect(() => readFinetuneConfig([at('absent.yaml')])).toThrow(
      expect.objectContaining({ code: 'FILE_NOT_FOUND' }),
    )
    expect(() => config('', '--dataset_mixer={UCLA-AGI/SPIN_iter0: 1.0}')).toThrow(
      /looks like a name on the Hugging Face Hub/,
    )
    mkdirSync(at('empty'), { recursive: true })
    expect(() => config('', `--dataset_mixer={${at('empty')}: 1.0}`)).toThrow(/should hold train_prefs/)
    expect(() => readFinetuneConfig([])).toThrow(/--model_name_or_path is required/)
  })

  it('says where a file is not YAML, or not keys and values', () => {
    expect(() => readFinetuneConfig([write('bad.yaml', 'a: [1')])).toThrow(
      expect.objectContaining({ code: 'FILE_UNREADABLE' }),
    )
    expect(() => readFinetuneConfig([write('list.yaml', '- a')])).toThrow(/should hold keys and values/)
  })
})
