import { anagram, palindrome, pattern } from './letter-tasks.ts'
import { sorted } from './number-tasks.ts'
import { pick, sentence } from './phrase-tasks.ts'
import { brackets, code } from './symbol-tasks.ts'
import type { Task } from './task.ts'
import { word } from './word-tasks.ts'

/** Every kind has a checker of the same name in src/engine/evaluation/checkers. The order is part of the seed. */
export const tasks: readonly Task[] = [
  word,
  sorted,
  code,
  brackets,
  anagram,
  pattern,
  palindrome,
  pick,
  sentence,
]
