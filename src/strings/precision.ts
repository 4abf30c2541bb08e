import type { Precision } from '../contract/settings.ts'

/** Words about the type that training computes in. */
export const precisionWords = {
  tensorFlow: (precision: Precision) =>
    `TensorFlow.js computes in f32 alone, and ${precision} was chosen. Choose f32, or another backend.`,
  noBf16: 'WebGPU has no bf16. Choose f16 or f32.',
  device: (precision: Precision, said: string) =>
    `This device does not compute in ${precision} (${said}). ${precision === 'bf16' ? 'Choose f16 or f32' : 'Choose f32'}, or another backend; "spin-studio doctor" lists the types of each device.`,
  wrong: 'a product of ones came out wrong',
  /** Events of a run. */
  chosen: {
    f16: 'The layers compute in f16 with dynamic loss scaling; weights, optimizer, norms and loss stay in f32.',
    bf16: 'The layers compute in bf16; weights, optimizer, norms and loss stay in f32.',
  },
  byRounding:
    'On the processor 16-bit numbers are f32 numbers that are rounded: they show what a card would compute, and save neither time nor memory.',
} as const
