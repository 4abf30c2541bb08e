import { z } from 'zod'
import { AppError } from '../../../contract/errors.ts'
import type { Adapter } from './adapter.ts'

export const adapterConfigName = 'adapter_config.json'
export const adapterWeightsName = 'adapter_model.safetensors'

/** What is read of PEFT's adapter_config.json (peft/tuners/lora/config.py). Which modules there are, the tensors say. */
export interface AdapterConfig {
  /** base_model_name_or_path, as written. */
  base: string
  rank: number
  alpha: number
  dropout: number
  rsLora: boolean
}

const Known = z.looseObject({
  peft_type: z.string(),
  base_model_name_or_path: z.string().nullish(),
  r: z.number().int().min(1).max(65536),
  lora_alpha: z.number().gt(0).default(8),
  lora_dropout: z.number().min(0).lt(1).default(0),
  use_rslora: z.boolean().nullish(),
  bias: z.string().nullish(),
})

/** Fields that change what is computed: taken only with a value that leaves them off. */
const refused: readonly [name: string, what: string][] = [
  ['use_dora', 'weight-decomposed adapters (DoRA)'],
  ['modules_to_save', 'whole modules trained beside the adapter'],
  ['fan_in_fan_out', 'transposed weights'],
  ['rank_pattern', 'another rank for some modules'],
  ['alpha_pattern', 'another alpha for some modules'],
  ['layers_to_transform', 'an adapter on some layers only'],
  ['layer_replication', 'replicated layers'],
  ['lora_bias', 'a bias in the adapter'],
  ['target_parameters', 'adapters on bare parameters'],
  ['trainable_token_indices', 'trained token embeddings'],
  ['alora_invocation_tokens', 'activated adapters (aLoRA)'],
  ['use_qalora', 'QALoRA'],
  ['use_bdlora', 'block-diagonal adapters'],
  ['arrow_config', 'Arrow routing'],
  ['monteclora_config', 'MonteCLoRA'],
  ['kasa_config', 'KaSA'],
  ['velora_config', 'VeLoRA'],
]

const isOff = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  (typeof value === 'object' && Object.keys(value).length === 0)

/** Throws FILE_UNREADABLE for what is no such file, MODEL_UNSUPPORTED, naming the field, for maths that is not here. */
export function parseAdapterConfig(json: Record<string, unknown>, path: string): AdapterConfig {
  const unsupported = (field: string, what: string): AppError =>
    new AppError(
      'MODEL_UNSUPPORTED',
      `${path}: "${field}" is ${JSON.stringify(json[field])}: ${what} are not computed by this version. ` +
        'Merge the adapter into its base with PEFT (merge_and_unload) and open the merged model.',
      { path, field },
    )
  const parsed = Known.safeParse(json)
  const kind = json['peft_type']
  if (typeof kind === 'string' && kind !== 'LORA') throw unsupported('peft_type', 'adapters other than LORA')
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new AppError(
      'FILE_UNREADABLE',
      `${path} is not the configuration of a LoRA adapter: ${issue?.path.join('.')} ${issue?.message}.`,
      { path },
    )
  }
  const { data } = parsed
  for (const [field, what] of refused) if (!isOff(json[field])) throw unsupported(field, what)
  if (typeof data.bias === 'string' && data.bias !== 'none') throw unsupported('bias', 'trained biases')
  if (!data.base_model_name_or_path) {
    throw new AppError(
      'MODEL_BROKEN',
      `${path} names no base model. Set "base_model_name_or_path" to the folder of the model that the adapter was trained on.`,
      { path },
    )
  }
  return {
    base: data.base_model_name_or_path,
    rank: data.r,
    alpha: data.lora_alpha,
    dropout: data.lora_dropout,
    rsLora: data.use_rslora === true,
  }
}

/** adapter_config.json as PEFT writes it for a trained adapter. */
export function adapterConfigText(adapter: Adapter, baseDir: string): string {
  const { rank, alpha, dropout, rsLora, modules } = adapter
  const config = {
    alpha_pattern: {},
    auto_mapping: null,
    base_model_name_or_path: baseDir,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    layer_replication: null,
    layers_pattern: null,
    layers_to_transform: null,
    lora_alpha: alpha,
    lora_dropout: dropout,
    modules_to_save: null,
    peft_type: 'LORA',
    r: rank,
    rank_pattern: {},
    revision: null,
    target_modules: modules.map((module) => module.slice(module.lastIndexOf('.') + 1)).toSorted(),
    task_type: 'CAUSAL_LM',
    use_dora: false,
    use_rslora: rsLora,
  }
  return `${JSON.stringify(config, null, 2)}\n`
}
