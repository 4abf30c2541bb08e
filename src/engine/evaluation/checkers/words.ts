import { badCheck, readCount } from './checker.ts'
import type { Checker } from './checker.ts'
import { obeys, readLetterRule } from './letter-rule.ts'
import { knownWords } from './word-list.ts'

/** Several different words of the bundled list, each obeying the rule, separated by spaces: `words:3:start=s`. */
const form = 'words:<count>:len=<n>:start=<a>:end=<a>:with=<a>'

export const words: Checker = {
  kind: 'words',
  form,
  read(parameters) {
    const count = readCount(parameters[0])
    if (!count) throw badCheck(form, parameters)
    const rule = readLetterRule(form, parameters.slice(1))
    return (answer) => {
      const found = answer.split(' ')
      return (
        found.length === count &&
        new Set(found).size === count &&
        found.every((each) => knownWords.has(each) && obeys(each, rule))
      )
    }
  },
}
