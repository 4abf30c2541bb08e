import { z } from 'zod'
import { compileOnig, literalPattern } from './onig-pattern.ts'
import { unsupportedPart } from './json-part.ts'

export const PatternPart = z.union([z.object({ String: z.string() }), z.object({ Regex: z.string() })])

/** A pattern of tokenizer.json as a global expression; undefined for the empty text, which matches nothing there. */
export function compilePattern(pattern: z.infer<typeof PatternPart>, where: string): RegExp | undefined {
  if ('String' in pattern) {
    return pattern.String === '' ? undefined : literalPattern(pattern.String)
  }
  try {
    return compileOnig(pattern.Regex)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw unsupportedPart(where, `pattern /${pattern.Regex}/ (${error.message})`)
  }
}
