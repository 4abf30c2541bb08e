import { z } from 'zod'

/** What a machine can compute on: its processor, NVIDIA cards, adapters of Vulkan, DirectX and Metal (WebGPU), TensorFlow. */

export const deviceKinds = ['cpu', 'cuda', 'webgpu', 'tensorflow'] as const
export const DeviceKind = z.enum(deviceKinds)
export type DeviceKind = z.infer<typeof DeviceKind>

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
  /** Types that a product ran in and came out right: "f32", "f16". */
  types: z.array(z.string()),
})
export type DeviceProbe = z.infer<typeof DeviceProbe>

export const Device = z.object({
  id: z.string(), // "cpu", "cuda:0", "webgpu"
  kind: DeviceKind,
  name: z.string(),
  /**
   * `ready`: it computes. `incomplete`: something is missing that can be installed. `unused`: it is there and this version
   * does not compute on it. `failed`: it was tried and does not work.
   */
  state: z.enum(['ready', 'incomplete', 'unused', 'failed']),
  memoryBytes: z.number().nullable(),
  driver: z.string().nullable(),
  computeCapability: z.string().nullable(),
  libraries: z.array(DeviceLibrary),
  /** null = not measured (yet). */
  probe: DeviceProbe.nullable(),
  /** In words: what it is used for, or why not. */
  detail: z.string(),
  /** What to do; null = nothing. */
  fix: z.string().nullable(),
})
export type Device = z.infer<typeof Device>

export const DeviceList = z.object({
  devices: z.array(Device),
  /** The one that models are generated with and trained on. */
  chosenId: z.string(),
  why: z.string(),
  /** Measurements still go on. */
  measuring: z.boolean(),
})
export type DeviceList = z.infer<typeof DeviceList>
