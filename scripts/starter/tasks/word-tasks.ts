import { obeys, writeLetterRule } from '../../../src/engine/evaluation/checkers/letter-rule.ts'
import type { LetterRule } from '../../../src/engine/evaluation/checkers/letter-rule.ts'
import { wordList } from '../../../src/engine/evaluation/checkers/word-list.ts'
import type { RandomStream } from '../random-stream.ts'
import { alphabet } from './task.ts'
import type { Task } from './task.ts'

const lengths = [3, 4, 5, 6, 7]

/** Rules with at least so many words: fewer would be a memory test with one right answer. */
const fewestWords = 4
const pairRules = rulesWith(
  (a, b) => [
    { start: a, end: b },
    { start: a, with: b },
  ],
  (len, a) => [
    { len, start: a },
    { len, end: a },
    { len, with: a },
  ],
)
const singleRules = rulesWith(
  () => [],
  (len, a) => (len === lengths[0] ? [{ start: a }, { end: a }, { with: a }] : []),
).concat(matching(lengths.map((len) => ({ len }))))

export const word: Task = {
  kind: 'word',
  draw(random) {
    const { rule, found } = random.pick(pairRules)
    return {
      check: `word:${writeLetterRule(rule)}`,
      phrasings: [
        `Name a ${described(rule, 'word')}.`,
        `Write one ${described(rule, 'word')}.`,
        `I need a ${described(rule, 'word')}.`,
        `Find a ${described(rule, 'word')}.`,
      ],
      answer: random.pick(found),
    }
  },
}

export const words: Task = {
  kind: 'words',
  draw(random) {
    const count = random.integer(2, 3)
    const { rule, found } = drawRule(random)
    const number = count === 2 ? 'two' : 'three'
    return {
      check: `words:${count}:${writeLetterRule(rule)}`,
      phrasings: [
        `Name ${number} ${described(rule, 'words')}.`,
        `Write ${number} ${described(rule, 'words')}.`,
        `List ${count} ${described(rule, 'words')}.`,
        `I need ${count} ${described(rule, 'words')}.`,
      ],
      answer: random.sample(found, count).join(' '),
    }
  },
}

interface Matched {
  rule: LetterRule
  found: readonly string[]
}

function drawRule(random: RandomStream): Matched {
  return random.chance(0.5) ? random.pick(singleRules) : random.pick(pairRules)
}

function rulesWith(
  ofLetters: (a: string, b: string) => LetterRule[],
  ofLength: (len: number, a: string) => LetterRule[],
): Matched[] {
  return matching([
    ...alphabet.flatMap((a) => alphabet.flatMap((b) => ofLetters(a, b))),
    ...lengths.flatMap((len) => alphabet.flatMap((a) => ofLength(len, a))),
  ])
}

function matching(rules: readonly LetterRule[]): Matched[] {
  return rules
    .map((rule) => ({ rule, found: wordList.filter((each) => obeys(each, rule)) }))
    .filter(({ found }) => found.length >= fewestWords)
}

/** `5-letter word that starts with b`, `words that start with b and contain r`. */
function described(rule: LetterRule, noun: 'word' | 'words'): string {
  const s = noun === 'word' ? 's' : ''
  const parts: string[] = []
  if (rule.start !== undefined) parts.push(`start${s} with ${rule.start}`)
  if (rule.end !== undefined) parts.push(`end${s} with ${rule.end}`)
  if (rule.with !== undefined) parts.push(`contain${s} ${rule.with}`)
  const head = rule.len === undefined ? noun : `${rule.len}-letter ${noun}`
  return parts.length === 0 ? head : `${head} that ${parts.join(' and ')}`
}
