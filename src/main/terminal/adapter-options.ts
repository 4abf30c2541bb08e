import { z } from 'zod'
import { adapterFor, type TrainingMethod } from '../../contract/presets.ts'
import type { AdapterSettings } from '../../contract/settings.ts'
import { integer, number, yamlValue } from './option-kinds.ts'
import { option, type OptionTable, type OptionValues } from './options.ts'

/** The adapter's keys, named as in the official parser (spin/alignment/configs.py, ModelArguments). */
export const adapterOptions = {
  lora_r: option(integer(1), { placeholder: 'N', help: 'Rank of the adapter.', default: 16 }),
  lora_alpha: option(
    number().refine((value) => value > 0, 'expected more than 0'),
    { placeholder: 'X', help: 'Scale of the adapter: alpha / rank.', default: 32 },
  ),
  lora_dropout: option(
    number().refine((value) => value >= 0 && value < 1, 'expected 0 to 1'),
    { placeholder: 'X', help: 'Share of the adapter’s inputs that training drops.', default: 0.05 },
  ),
  lora_target_modules: option(
    yamlValue().pipe(
      z.preprocess(
        (value) =>
          typeof value === 'string' ? value.split(',').map((name) => name.trim()) : (value ?? ['all-linear']),
        z.array(z.string().min(1)).min(1),
      ),
    ),
    {
      placeholder: 'LIST',
      help: 'Matrices with an adapter: q_proj,v_proj … or all-linear.',
      default: ['all-linear'],
      defaultText: 'all-linear',
    },
  ),
} satisfies OptionTable

/** The settings of an adapter by method and keys; null = all weights are trained. */
export function adapterSettings(
  method: TrainingMethod,
  values: OptionValues<typeof adapterOptions>,
): AdapterSettings | null {
  return adapterFor(method, {
    rank: values.lora_r,
    alpha: values.lora_alpha,
    dropout: values.lora_dropout,
    targetModules: values.lora_target_modules,
  })
}
