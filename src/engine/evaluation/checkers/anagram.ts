import { badCheck } from './checker.ts'
import type { Checker } from './checker.ts'

/** Exactly the given letters in another order; it need not be a word: `anagram:stone`. */
const form = 'anagram:<letters>'

export const anagram: Checker = {
  kind: 'anagram',
  form,
  read(parameters) {
    const given = parameters[0] ?? ''
    if (parameters.length !== 1 || !/^[a-z]{2,}$/.test(given)) throw badCheck(form, parameters)
    const wanted = inOrder(given)
    return (answer) => answer !== given && answer.length === given.length && inOrder(answer) === wanted
  },
}

function inOrder(letters: string): string {
  return letters.split('').toSorted().join('')
}
