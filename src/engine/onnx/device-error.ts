import { AppError } from '../../contract/errors.ts'
import { outOfMemoryOr } from './out-of-memory.ts'

/**
 * What says that a device is gone for this process, whatever is asked of it next. CUDA's errors that stay with the context, by
 * ONNX Runtime's cuda_call.cc, "CUDA failure 700: an illegal memory access was encountered ; GPU=0 ; …", numbered as in CUDA's
 * driver_types.h: 46 devices unavailable, 101 invalid device, 214 uncorrectable ECC error, 220 NVLink, 226 context destroyed,
 * 700 illegal address, 702 launch timed out, 709 context destroyed, 714 to 719 stack, instruction, alignment, address space, pc
 * and launch failures, 721 contained error, 999 unknown. Dawn: "VK_ERROR_DEVICE_LOST", "DXGI_ERROR_DEVICE_REMOVED", "[Device] is lost.";
 * ONNX Runtime's own "WebGPU device lost (1): …" (webgpu_context.cc), of which (2), destroyed, is an ordinary end.
 */
const lost = [
  /\bCUDA failure (46|101|214|220|226|70[029]|71[4-9]|721|999):/,
  /cudaError(IllegalAddress|LaunchFailure|LaunchTimeout|ECCUncorrectable)/,
  /VK_ERROR_DEVICE_LOST|DXGI_ERROR_DEVICE_(REMOVED|HUNG|RESET)/,
  /WebGPU device lost \((?![23]\))/,
  /\[Device[^\]]*\] is lost/,
] as const

/** The error as DEVICE_LOST or OUT_OF_MEMORY where it says so. Anything else comes back as it is. */
export function deviceErrorOr(error: unknown): unknown {
  if (error instanceof AppError) return error
  const message = error instanceof Error ? error.message : String(error)
  if (!lost.some((pattern) => pattern.test(message))) return outOfMemoryOr(error)
  return new AppError(
    'DEVICE_LOST',
    `The device was lost (${message.slice(0, 200)}). Its engine has to be started again; what was finished is safe on disk.`,
    {},
    { cause: error },
  )
}
