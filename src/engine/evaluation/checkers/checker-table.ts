import { anagram } from './anagram.ts'
import { brackets } from './brackets.ts'
import type { Checker } from './checker.ts'
import { code } from './code.ts'
import { palindrome } from './palindrome.ts'
import { pattern } from './pattern.ts'
import { pick } from './pick.ts'
import { sentence } from './sentence.ts'
import { sorted } from './sorted.ts'
import { word } from './word.ts'

/** Every kind of check there is. A new kind = one file beside this one, a line here, and its test. */
export const checkers: ReadonlyMap<string, Checker> = new Map(
  [anagram, brackets, code, palindrome, pattern, pick, sentence, sorted, word].map((checker) => [
    checker.kind,
    checker,
  ]),
)
