import { AppError } from '../../contract/errors.ts'
import type { AnswerTest } from './checkers/checker.ts'
import { checkers } from './checkers/checker-table.ts'

// A dataset repeats its checks (samples of one prompt, iterations), and some checkers build tables when read.
const remembered = new Map<string, AnswerTest>()
const rememberedLimit = 20_000

/**
 * Whether an answer is right by a check such as `sorted:3:10:50`. White space around the answer does not count.
 * AppError BAD_INPUT for an unknown kind or parameters not of its form.
 */
export function checkAnswer(check: string, answer: string): boolean {
  let test = remembered.get(check)
  if (test === undefined) {
    const kind = checkKind(check)
    test = checkers.get(kind)!.read(check.split(':').slice(1))
    if (remembered.size >= rememberedLimit) remembered.clear()
    remembered.set(check, test)
  }
  return test(answer.trim())
}

/** The kind a check names (`sorted:3:10:50` → `sorted`). AppError BAD_INPUT for a kind that does not exist. */
export function checkKind(check: string): string {
  const kind = check.split(':')[0]!
  if (!checkers.has(kind)) {
    const known = [...checkers.keys()]
    throw new AppError(
      'BAD_INPUT',
      `Expected a check of a known kind (${known.join(', ')}), found "${check}". ` +
        'Correct the check column, or leave it empty to compare answers by exact match.',
      { check, known },
    )
  }
  return kind
}

/** Equality without white space at the ends: the score of rows that have no check. */
export function exactMatch(real: string, answer: string): boolean {
  return real.trim() === answer.trim()
}

/** The one rule for every row: by its check where it has one, by exact match with the real answer otherwise. */
export function isValidAnswer(row: { check: string | null; real: string }, answer: string): boolean {
  return row.check === null ? exactMatch(row.real, answer) : checkAnswer(row.check, answer)
}
