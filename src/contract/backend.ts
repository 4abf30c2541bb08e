import { z } from 'zod'

/** What executes the programs of training and scoring. Answers are generated on `webgpu` and `cuda` where they are chosen, else on the processor. */

/**
 * `webgpu`: ONNX Runtime's provider for the adapters of Vulkan, DirectX and Metal, part of the program. `cuda`: its provider for
 * NVIDIA cards, two libraries that are set up once (see backendVariables.cuda).
 */
export const backends = ['onnxruntime', 'webgpu', 'cuda', 'tensorflow'] as const
export const Backend = z.enum(backends)
export type Backend = z.infer<typeof Backend>

/**
 * How an adapter's gradients are computed. `layered`: layer by layer, the frozen weights sent with every call. `whole`: by one
 * program that holds them, on a card in its memory.
 */
export const AdapterPassKind = z.enum(['layered', 'whole'])
export type AdapterPassKind = z.infer<typeof AdapterPassKind>

/** The variables of the engine's environment that say so. */
export const backendVariables = {
  /** One of the backends. */
  backend: 'SPIN_STUDIO_BACKEND',
  /** One of the adapter passes; see AdapterPassKind. */
  adapterPass: 'SPIN_STUDIO_ADAPTER_PASS',
  /** A folder with ONNX Runtime's CUDA provider and, where the system has none, CUDA's libraries: see main/cuda-environment.ts. */
  cuda: 'SPIN_STUDIO_CUDA',
  /** A folder in whose node_modules TensorFlow was installed; beside the program's own. */
  folder: 'SPIN_STUDIO_TENSORFLOW',
  /** `1`: TensorFlow may compute on the processor where it finds no card. */
  onProcessor: 'SPIN_STUDIO_TENSORFLOW_CPU',
} as const

export const TensorFlowStatus = z.object({
  /** `absent`: not installed, which is no fault. `unusable`: installed, and programs cannot run on it. */
  state: z.enum(['absent', 'unusable', 'ready']),
  why: z.string(),
  /** null = nothing. */
  whatToDo: z.string().nullable(),
  /** Of the package; null where it is absent. */
  version: z.string().nullable(),
  /** What it computes on; null unless it is ready. */
  computesOn: z.enum(['card', 'processor']).nullable(),
})
export type TensorFlowStatus = z.infer<typeof TensorFlowStatus>
