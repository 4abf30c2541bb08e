import { badCheck, readCount, readOptions } from './checker.ts'
import type { Checker } from './checker.ts'

/** Lower-case letters, at least two different ones, that read the same backwards; it need not be a word:
 * `palindrome:5:with=k`, `palindrome:6:start=m`. */
const form = 'palindrome:<length>:start=<a>:with=<a>'

export const palindrome: Checker = {
  kind: 'palindrome',
  form,
  read(parameters) {
    const length = readCount(parameters[0])
    if (!length || length < 3) throw badCheck(form, parameters)
    const options = readOptions(form, parameters.slice(1), ['start', 'with'])
    const start = options.get('start') ?? ''
    const inside = options.get('with') ?? ''
    if (!/^[a-z]?$/.test(start) || !/^[a-z]?$/.test(inside)) throw badCheck(form, parameters)
    return (answer) =>
      answer.length === length &&
      /^[a-z]+$/.test(answer) &&
      answer.startsWith(start) &&
      answer.includes(inside) &&
      new Set(answer).size > 1 &&
      answer === answer.split('').toReversed().join('')
  },
}
