import { precisions } from '../../contract/settings.ts'
import { choice } from './option-kinds.ts'
import { option } from './options.ts'

export const precisionOption = {
  precision: option(choice(precisions), {
    placeholder: 'NAME',
    help: 'What the layers compute in while training: f32, f16 (with loss scaling) or bf16. Meant for cards: on the processor it costs time.',
    default: 'f32',
  }),
}
