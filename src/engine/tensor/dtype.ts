/**
 * Element types of the IR. Floating maths runs in f32, or where training asks for it products in a half type; f64 exists so
 * that gradients can be checked exactly. Constants of a half type hold float32 numbers that are rounded where they are lowered.
 */
export type Dtype = 'f32' | 'f64' | 'f16' | 'bf16' | 'i32' | 'i64' | 'i8' | 'u8' | 'bool'

export type TensorData =
  | Float32Array
  | Float64Array
  | Int32Array
  | BigInt64Array
  | Int8Array
  | Uint8Array
  | Uint16Array

export const isFloat = (dtype: Dtype): boolean =>
  dtype === 'f32' || dtype === 'f64' || dtype === 'f16' || dtype === 'bf16'
