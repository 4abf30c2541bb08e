import { backends } from '../../contract/backend.ts'
import { choice } from './option-kinds.ts'
import { option } from './options.ts'

export const backendOption = {
  backend: option(choice(backends), {
    placeholder: 'NAME',
    help: 'What training and scoring run on: onnxruntime (the processor), webgpu (a graphics card), cuda (an NVIDIA card, once it is set up), or tensorflow where it is installed (see doctor).',
    default: null,
    defaultText: 'onnxruntime',
  }),
}
