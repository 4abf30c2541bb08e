import type { z } from 'zod'
import { AppError } from '../../../contract/errors.ts'

/** A part of tokenizer.json by its schema. Throws MODEL_BROKEN with the part and what is wrong in it. */
export function readPart<Schema extends z.ZodType>(
  schema: Schema,
  json: unknown,
  where: string,
): z.infer<Schema> {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const key = issue?.path.join('.') ?? ''
  throw new AppError(
    'MODEL_BROKEN',
    `tokenizer.json: ${where}${key && `, "${key}"`}: ${issue?.message ?? 'not understood'}.`,
    {
      part: where,
    },
  )
}

/** The `type` of a part. */
export function partType(json: unknown, where: string): string {
  if (typeof json === 'object' && json !== null && 'type' in json && typeof json.type === 'string')
    return json.type
  throw new AppError('MODEL_BROKEN', `tokenizer.json: ${where} names no type.`, { part: where })
}

/** MODEL_UNSUPPORTED: known to `tokenizers`, not to us. */
export function unsupportedPart(where: string, what: string): AppError {
  return new AppError(
    'MODEL_UNSUPPORTED',
    `tokenizer.json: the ${where} ${what} is not supported by this version, and leaving it out would give other tokens.`,
    { part: where },
  )
}
