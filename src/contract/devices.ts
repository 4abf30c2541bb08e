import { z } from 'zod'

/** What a machine can compute on: its processor, NVIDIA cards, adapters of Vulkan, DirectX and Metal (WebGPU), TensorFlow. */

export const deviceKinds = ['cpu', 'cuda', 'webgpu', 'tensorflow'] as const
export const DeviceKind = z.enum(deviceKinds)
export type DeviceKind = z.infer<typeof DeviceKind>

/**
 * What an engine computes on: the processor, a CUDA card by its place in the list of nvidia-smi, the adapter that WebGPU picks,
 * or TensorFlow, which picks for itself.
 */
export const DeviceId = z
  .string()
  .regex(/^(cpu|webgpu|tensorflow|cuda:\d{1,3})$/, 'expected cpu, webgpu, tensorflow, cuda:0, cuda:1 …')
export type DeviceId = z.infer<typeof DeviceId>

/** Where a person says which device: the variable of the environment. */
export const deviceVariable = 'SPIN_STUDIO_DEVICE'

export const deviceChoosers = ['default', 'settings', 'option', 'environment'] as const

/** Which device engines compute on, and who chose it. */
export const DeviceChoice = z.object({
  id: DeviceId,
  name: z.string(),
  /** Of the device itself; null = it does not say. */
  memoryBytes: z.number().nullable(),
  by: z.enum(deviceChoosers),
  /** In words. */
  why: z.string(),
  /** Why it is not the one that was asked for: the cause alone, and the whole for a person; null = it is, or none was. */
  cause: z.string().nullable(),
  notice: z.string().nullable(),
})
export type DeviceChoice = z.infer<typeof DeviceChoice>

/** A library that a device needs beside its driver. */
export const DeviceLibrary = z.object({
  /** As the loader looks for it: "libcudnn.so.9". */
  file: z.string(),
  what: z.string(), // "cuDNN 9"
  path: z.string().nullable(), // null = not found
  /** What to install on this system; null where it is there, or no package of that name is known. */
  install: z.string().nullable(),
})
export type DeviceLibrary = z.infer<typeof DeviceLibrary>

/** What two seconds of products of square matrices showed, in a process of their own. */
export const DeviceProbe = z.object({
  /** Products of square matrices in f32, operands and result on the device. */
  gflops: z.number(),
  /** Side of the matrices that the rate was measured with. */
  size: z.number().int(),
  /** Types that a product ran in and came out right: "f32", "f16", "bf16". */
  types: z.array(z.string()),
})
export type DeviceProbe = z.infer<typeof DeviceProbe>

export const Device = z.object({
  id: z.string(), // "cpu", "cuda:0", "webgpu"
  kind: DeviceKind,
  name: z.string(),
  /**
   * `ready`: engines can compute on it. `incomplete`: something is missing that can be installed. `failed`: it was tried and
   * does not work.
   */
  state: z.enum(['ready', 'incomplete', 'failed']),
  memoryBytes: z.number().nullable(),
  driver: z.string().nullable(),
  computeCapability: z.string().nullable(),
  libraries: z.array(DeviceLibrary),
  /** null = not measured (yet). */
  probe: DeviceProbe.nullable(),
  /** In words: what is to be known of it, or why it cannot be used; empty = nothing. */
  detail: z.string(),
  /** What to do; null = nothing. */
  fix: z.string().nullable(),
})
export type Device = z.infer<typeof Device>

export const DeviceList = z.object({
  devices: z.array(Device),
  /** What engines compute on that are started from now on. */
  choice: DeviceChoice,
  /** What the program's engines compute on until it is started again; null = none were started. */
  inUseId: DeviceId.nullable(),
  /** There is a card, and ONNX Runtime's CUDA provider can be fetched for it. */
  canSetUpCuda: z.boolean(),
  /** Measurements still go on. */
  measuring: z.boolean(),
})
export type DeviceList = z.infer<typeof DeviceList>
