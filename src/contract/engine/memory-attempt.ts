import { z } from 'zod'

/**
 * How often the engine ran out of memory at this very request: the stage takes 1/2, 1/4, … of its batch or micro-batch at
 * once. Not part of what identifies a request.
 */
export const memoryAttempt = z.number().int().min(0).max(30).optional()
