/** Words about computing on WebGPU. */
export const webGpuWords = {
  unusable: (said: string) =>
    `WebGPU was chosen to compute with and cannot be used: ${said} "spin-studio doctor" shows what this machine has; install a current driver of the graphics card, or choose onnxruntime.`,
} as const
