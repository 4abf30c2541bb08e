import type { Backend } from '../../contract/backend.ts'
import { AppError } from '../../contract/errors.ts'
import type { Precision } from '../../contract/settings.ts'
import type { CompileProgram } from '../onnx/compiled-program.ts'
import * as t from '../tensor/build.ts'
import { Graph } from '../tensor/graph.ts'
import { precisionWords } from '../../strings/precision.ts'
import { chosenBackend, compileProgram } from './program-backend.ts'

const size = 16

/**
 * Throws BACKEND_UNUSABLE where the chosen backend does not compute in this type, before anything is trained: found out by a
 * product, because drivers lack f16 (WebGPU's shader-f16) and cards bf16 (before compute capability 8.0).
 */
export async function checkPrecision(
  precision: Precision,
  backend: Backend = chosenBackend(),
  compile: CompileProgram = compileProgram,
): Promise<void> {
  // On the processor halves stand in float32 (see onnx/half-stand-ins.ts).
  if (precision === 'f32' || backend === 'onnxruntime') return
  if (backend === 'tensorflow') throw refused(precisionWords.tensorFlow(precision))
  if (backend === 'webgpu' && precision === 'bf16') throw refused(precisionWords.noBf16)
  // What the backend itself lacks is said by it.
  await multipliesOnes('f32', compile)
  let said: string = precisionWords.wrong
  try {
    if (await multipliesOnes(precision, compile)) return
  } catch (error) {
    said = (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 300)
  }
  throw refused(precisionWords.device(precision, said))
}

/** A sum of sixteen ones is exact in every type. */
async function multipliesOnes(precision: Precision, compile: CompileProgram): Promise<boolean> {
  const graph = new Graph()
  const a = t.cast(graph.input('a', 'f32', [size, size]), precision)
  graph.output('product', t.cast(t.gemm(a, a), 'f32'))
  const program = await compile(graph, { threads: 1 })
  try {
    const { product } = await program.run({ a: new Float32Array(size * size).fill(1) })
    return (product as Float32Array).every((value) => value === size)
  } finally {
    await program.release()
  }
}

const refused = (message: string): AppError => new AppError('BACKEND_UNUSABLE', message)
