import { obeys, writeLetterRule } from '../../../src/engine/evaluation/checkers/letter-rule.ts'
import type { LetterRule } from '../../../src/engine/evaluation/checkers/letter-rule.ts'
import { wordList } from '../../../src/engine/evaluation/checkers/word-list.ts'
import { alphabet } from './task.ts'
import type { Task } from './task.ts'

/** Rules with at least so many words: fewer would be a memory test with one right answer. */
const fewestWords = 4
const lengths = [3, 4, 5]
const rules: readonly LetterRule[] = [
  ...lengths.flatMap((len) =>
    alphabet.flatMap((a) => [
      { len, start: a },
      { len, end: a },
      { len, with: a },
    ]),
  ),
  ...alphabet.flatMap((a) =>
    alphabet.flatMap((b) => [
      { start: a, end: b },
      { start: a, with: b },
    ]),
  ),
]
const choices = rules
  .map((rule) => ({ rule, found: wordList.filter((each) => obeys(each, rule)) }))
  .filter(({ found }) => found.length >= fewestWords)

export const word: Task = {
  kind: 'word',
  draw(random) {
    const { rule, found } = random.pick(choices)
    return {
      check: `word:${writeLetterRule(rule)}`,
      phrasings: [`Name a ${described(rule)}.`, `A ${described(rule)}?`, `Write a ${described(rule)}.`],
      answer: random.pick(found),
    }
  },
}

/** `5-letter word with b first`, `word with b first and r in it`. */
function described(rule: LetterRule): string {
  const parts: string[] = []
  if (rule.start !== undefined) parts.push(`${rule.start} first`)
  if (rule.end !== undefined) parts.push(`${rule.end} last`)
  if (rule.with !== undefined) parts.push(`${rule.with} in it`)
  return `${rule.len === undefined ? 'word' : `${rule.len}-letter word`} with ${parts.join(' and ')}`
}
