import type { Checker } from './checker.ts'
import { obeys, readLetterRule } from './letter-rule.ts'
import { knownWords } from './word-list.ts'

/** One word of the bundled list: `word:len=5:start=b`. */
const form = 'word:len=<n>:start=<a>:end=<a>:with=<a>'

export const word: Checker = {
  kind: 'word',
  form,
  read(parameters) {
    const rule = readLetterRule(form, parameters)
    return (answer) => knownWords.has(answer) && obeys(answer, rule)
  },
}
