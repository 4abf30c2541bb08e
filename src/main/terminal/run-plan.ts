import { z } from 'zod'
import { AppError } from '../../contract/errors.ts'
import { LoopPlan } from '../../contract/loop.ts'
import { nearestName } from './usage-error.ts'
import { readYaml } from './yaml-file.ts'

/**
 * A plan written as YAML or JSON, in the shape of LoopPlan (contract/loop.ts).
 * @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE, BAD_INPUT with the path of every wrong or unknown key.
 */
export function readPlan(path: string): LoopPlan {
  const { at, value } = readYaml(path)
  const parsed = LoopPlan.safeParse(value)
  if (!parsed.success) {
    throw new AppError('BAD_INPUT', `${at} is not a plan:\n${z.prettifyError(parsed.error)}`, { path: at })
  }
  const unknown = unknownKeys(value, parsed.data)
  if (unknown.length > 0)
    throw new AppError('BAD_INPUT', `${at} has keys that a plan does not know: ${unknown.join(', ')}.`, {
      path: at,
    })
  return parsed.data
}

/** Keys that parsing left out: a misspelt key would otherwise silently leave its default in place. */
function unknownKeys(given: unknown, parsed: unknown, path = ''): string[] {
  if (given === null || typeof given !== 'object' || parsed === null || typeof parsed !== 'object') return []
  return Object.entries(given).flatMap(([key, value]) => {
    const at = path === '' ? key : `${path}.${key}`
    if (Object.hasOwn(parsed, key)) return unknownKeys(value, (parsed as Record<string, unknown>)[key], at)
    const nearest = nearestName(key, Object.keys(parsed))
    return [nearest ? `${at} (did you mean ${nearest}?)` : at]
  })
}
