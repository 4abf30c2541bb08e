import { wordList } from '../../../src/engine/evaluation/checkers/word-list.ts'
import { alphabet, withArticle } from './task.ts'
import type { Task } from './task.ts'

const anagramWords = wordList.filter((each) => each.length <= 5)

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
      phrasings: [`Shuffle ${given}.`, `Rearrange ${given}.`, `Mix up ${given}.`],
      answer,
    }
  },
}

export const pattern: Task = {
  kind: 'pattern',
  draw(random) {
    const length = random.integer(4, 6)
    const symbols: number[] = []
    while (symbols.length < length || new Set(symbols).size === 1) {
      if (symbols.length === length) symbols.length = 0
      symbols.push(random.integer(0, Math.min(1, Math.max(-1, ...symbols) + 1)))
    }
    const capitals = symbols.map((symbol) => 'AB'[symbol]!).join('')
    const letters = random.sample(alphabet, 2)
    const starts = random.chance(0.75)
    const start = starts ? ` from ${letters[0]}` : ''
    return {
      check: `pattern:${capitals}${starts ? `:${letters[0]}` : ''}`,
      phrasings: [`Follow the pattern ${capitals}${start}.`, `Letters that go ${capitals}${start}.`],
      answer: symbols.map((symbol) => letters[symbol]!).join(''),
    }
  },
}

export const palindrome: Task = {
  kind: 'palindrome',
  draw(random) {
    const length = random.integer(3, 6)
    const half = random.sample(alphabet, Math.ceil(length / 2))
    const back = half.slice(0, Math.floor(length / 2)).toReversed()
    const starts = random.chance(0.5)
    const letter = starts ? half[0]! : random.pick(half)
    const what = `${length}-letter palindrome with ${letter} ${starts ? 'first' : 'in it'}`
    return {
      check: `palindrome:${length}:${starts ? 'start' : 'with'}=${letter}`,
      phrasings: [`Name ${withArticle(what)}.`, `A ${what}?`, `Make ${withArticle(what)}.`],
      answer: [...half, ...back].join(''),
    }
  },
}
