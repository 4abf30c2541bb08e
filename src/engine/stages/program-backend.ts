import { AdapterPassKind, Backend, backendVariables } from '../../contract/backend.ts'
import { AppError } from '../../contract/errors.ts'
import type { GenerationDevice } from '../generation/step-model.ts'
import type { CompileProgram } from '../onnx/compiled-program.ts'
import { cudaUnusable, requireCuda } from '../onnx/cuda-provider.ts'
import { detours, kindsOf, type PlacedNode } from '../onnx/node-placement.ts'
import { Program } from '../onnx/program.ts'
import { cudaWords } from '../../strings/cuda.ts'
import { webGpuWords } from '../../strings/webgpu.ts'

/** What executes the programs of training and scoring in this process, by its environment; default: ONNX Runtime. */
export function chosenBackend(env: Readonly<Record<string, string | undefined>> = process.env): Backend {
  const wanted = env[backendVariables.backend]
  if (wanted === undefined || wanted === '') return 'onnxruntime'
  const backend = Backend.safeParse(wanted)
  if (backend.success) return backend.data
  throw new AppError(
    'BAD_INPUT',
    `Expected ${Backend.options.join(' or ')} in ${backendVariables.backend}, found ${wanted}. Change it or leave it out.`,
  )
}

/**
 * How an adapter is trained in this process: on CUDA, whose memory no tensor survives a call in, by one program that holds the
 * frozen weights; elsewhere layer by layer. The environment may say otherwise. The numbers are the same but for rounding.
 */
export function chosenAdapterPass(
  env: Readonly<Record<string, string | undefined>> = process.env,
): AdapterPassKind {
  const wanted = env[backendVariables.adapterPass]
  if (wanted === undefined || wanted === '') return chosenBackend(env) === 'cuda' ? 'whole' : 'layered'
  const kind = AdapterPassKind.safeParse(wanted)
  const backend = chosenBackend(env)
  // On WebGPU the weights stay in the device's memory as it is, and what is trained with them.
  if (kind.success && !(kind.data === 'whole' && backend === 'webgpu')) return kind.data
  throw new AppError(
    'BAD_INPUT',
    `Expected ${AdapterPassKind.options.join(' or ')} in ${backendVariables.adapterPass}, on webgpu layered alone; found ` +
      `${wanted} on ${backend}. Change it or leave it out.`,
  )
}

/** Compiles for the chosen backend. TensorFlow is loaded with the first program; throws BACKEND_UNUSABLE where it cannot be. */
export const compileProgram: CompileProgram = (graph, options) => {
  switch (chosenBackend()) {
    case 'onnxruntime':
      return Program.compile(graph, options)
    case 'webgpu':
      return compileOnWebGpu(graph, options)
    case 'cuda':
      return compileOnCuda(graph, options)
    case 'tensorflow':
      return compileOnTensorFlow(graph, options)
  }
}

/** How a model is run layer by layer on the chosen backend: where it has memory of its own, the weights stay there. */
export const modelBackend = (): { compile: CompileProgram; resident: boolean } => ({
  compile: compileProgram,
  resident: chosenBackend() === 'webgpu',
})

/**
 * What answers are generated on. null = the processor, which also answers for TensorFlow: it would send weights and caches there
 * and back with every token.
 */
export function generationDevice(): GenerationDevice | null {
  switch (chosenBackend()) {
    case 'webgpu':
      return { kind: 'resident', compile: compileOnWebGpu }
    case 'cuda':
      return { kind: 'loop', compile: compileOnCuda }
    default:
      return null
  }
}

const compileOnWebGpu: CompileProgram = async (graph, options) => {
  try {
    return await Program.compileFor('webgpu', graph, options)
  } catch (error) {
    if (error instanceof AppError) throw error
    const [said = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw new AppError('BACKEND_UNUSABLE', webGpuWords.unusable(said), {}, { cause: error })
  }
}

const compileOnCuda: CompileProgram = async (graph, options) => {
  try {
    requireCuda()
    return await Program.compileFor('cuda', graph, { onPlacement: reportDetours, ...options })
  } catch (error) {
    throw cudaUnusable(error)
  }
}

const reported = new Set<string>()
const untold: string[] = []

/**
 * CUDA's provider may leave a node to the processor, and its data then travels there and back: nothing is wrong with the
 * numbers, and a person should know why it is slow.
 */
function reportDetours(nodes: readonly PlacedNode[]): void {
  const away = detours(nodes, 'cuda')
  if (away.length === 0) return
  const message = cudaWords.detours(kindsOf(away))
  if (reported.has(message)) return
  reported.add(message)
  untold.push(message)
  console.warn(message)
}

/** What a person should know of how programs ran on the backend, each once; for the log of the run. */
export const takeBackendWarnings = (): string[] => untold.splice(0)

let opened: Promise<CompileProgram> | null = null

const compileOnTensorFlow: CompileProgram = async (graph, options) => {
  opened ??= openCompiler()
  // A failure is not kept: what was missing may be there at the next request.
  opened.catch(() => (opened = null))
  return (await opened)(graph, options)
}

async function openCompiler(): Promise<CompileProgram> {
  const { openTensorFlow } = await import('../tensorflow/open-tensorflow.ts')
  const { TensorFlowProgram } = await import('../tensorflow/tensorflow-program.ts')
  const tf = await openTensorFlow()
  return (graph, options) => TensorFlowProgram.compile(tf, graph, options)
}
