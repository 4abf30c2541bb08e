import { AppError, type ErrorCode } from '../../contract/errors.ts'

/**
 * Failures that say something of one engine or its device and nothing of the work: another one may do it. `INTERNAL` is among
 * them, because a driver's errors have no code of their own.
 */
const ofOneEngine: ReadonlySet<ErrorCode> = new Set([
  'ENGINE_CRASHED',
  'ENGINE_UNAVAILABLE',
  'BACKEND_UNUSABLE',
  'OUT_OF_MEMORY',
  'DEVICE_LOST',
  'CLOSED',
  'INTERNAL',
])

export const isOfOneEngine = (error: unknown): boolean =>
  error instanceof AppError && ofOneEngine.has(error.code)
