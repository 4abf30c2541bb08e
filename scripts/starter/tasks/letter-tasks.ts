import { wordList } from '../../../src/engine/evaluation/checkers/word-list.ts'
import { alphabet, withArticle } from './task.ts'
import type { Task } from './task.ts'

const anagramWords = wordList.filter((each) => each.length >= 4 && each.length <= 6)

export const anagram: Task = {
  kind: 'anagram',
  draw(random) {
    // Half are words in a random order, so that no list of letters can be learned by heart.
    const base = random.pick(anagramWords)
    const given = random.chance(0.5) ? base : random.shuffle(base.split('')).join('')
    let answer = given
    while (answer === given) answer = random.shuffle(given.split('')).join('')
    return {
      check: `anagram:${given}`,
      phrasings: [
        `Rearrange the letters of ${given}.`,
        `Shuffle ${given}.`,
        `Put the letters of ${given} in another order.`,
        `Mix up the letters ${given}.`,
      ],
      answer,
    }
  },
}

export const pattern: Task = {
  kind: 'pattern',
  draw(random) {
    const length = random.integer(4, 7)
    const symbols: number[] = []
    while (symbols.length < length || !(new Set(symbols).size > 1)) {
      if (symbols.length === length) symbols.length = 0
      symbols.push(random.integer(0, Math.min(3, Math.max(-1, ...symbols) + 1)))
    }
    const capitals = symbols.map((symbol) => 'ABCD'[symbol]!).join('')
    const letters = random.sample(alphabet, 4)
    return {
      check: `pattern:${capitals}`,
      phrasings: [
        `Write letters in the pattern ${capitals}.`,
        `Follow the pattern ${capitals}.`,
        `Give letters that go ${capitals}.`,
        `Fill the rhyme scheme ${capitals}.`,
      ],
      answer: symbols.map((symbol) => letters[symbol]!).join(''),
    }
  },
}

export const palindrome: Task = {
  kind: 'palindrome',
  draw(random) {
    const length = random.integer(4, 8)
    const half = random.sample(alphabet, Math.ceil(length / 2))
    const back = half.slice(0, Math.floor(length / 2)).toReversed()
    const starts = random.chance(0.5)
    const letter = starts ? half[0]! : random.pick(half)
    const rule = starts ? `starts with ${letter}` : `contains ${letter}`
    return {
      check: `palindrome:${length}:${starts ? 'start' : 'with'}=${letter}`,
      phrasings: [
        `Write a palindrome of ${length} letters that ${rule}.`,
        `Make ${withArticle(`${length}-letter palindrome`)} that ${rule}.`,
        `Which ${length}-letter palindrome ${rule}?`,
        `Mirror letters: ${length} in all, it ${rule}.`,
      ],
      answer: [...half, ...back].join(''),
    }
  },
}
