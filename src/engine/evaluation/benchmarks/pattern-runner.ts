import { createContext, Script } from 'node:vm'
import { AppError } from '../../../contract/errors.ts'

/** Runs patterns over texts. */
export interface PatternRunner {
  matches(pattern: RegExp, text: string): RegExpExecArray[]
  /** The text without what matches. */
  remove(pattern: RegExp, text: string): string
}

/** For patterns of this program. */
export const directly: PatternRunner = {
  matches: (pattern, text) => [...text.matchAll(pattern)],
  remove: (pattern, text) => text.replaceAll(pattern, ''),
}

/**
 * For a stranger's patterns, some of which would take years: each run gets `ms` milliseconds, which only a script of
 * node:vm can be given. Throws BAD_INPUT with the pattern.
 */
export function within(ms: number): PatternRunner {
  const given: { pattern?: RegExp; text?: string } = {}
  const context = createContext(given)
  const run = (script: Script, pattern: RegExp, text: string): unknown => {
    Object.assign(given, { pattern, text })
    try {
      return script.runInContext(context, { timeout: ms })
    } catch (error) {
      if (!isTimeout(error)) throw error
      throw new AppError(
        'BAD_INPUT',
        `Expected a regular expression that ends, found one that takes longer than ${ms} ms on an answer of ${text.length} characters: ${pattern.source}. Write it without nested repetition.`,
        { pattern: pattern.source },
        { cause: error },
      )
    }
  }
  return {
    matches: (pattern, text) => run(matching, pattern, text) as RegExpExecArray[],
    remove: (pattern, text) => run(removing, pattern, text) as string,
  }
}

const matching = new Script('[...text.matchAll(pattern)]')
const removing = new Script("text.replaceAll(pattern, '')")

/** It is an Error of the script's world, not of ours. */
const isTimeout = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
