import { badCheck, readCount } from './checker.ts'
import type { Checker } from './checker.ts'

/** Lower-case letters and digits in any order, with exact counts and optionally a given first character:
 * `code:3:2` or `code:3:2:k` (3 digits, 2 letters, starts with k). */
const form = 'code:<digits>:<letters>:<first>'

export const code: Checker = {
  kind: 'code',
  form,
  read(parameters) {
    const digits = readCount(parameters[0])
    const letters = readCount(parameters[1])
    const first = parameters[2] ?? ''
    if (digits === undefined || letters === undefined || parameters.length > 3)
      throw badCheck(form, parameters)
    if (parameters.length === 3 && !/^[a-z0-9]$/.test(first)) throw badCheck(form, parameters)
    return (answer) =>
      answer.startsWith(first) &&
      answer.length === digits + letters &&
      answer.replace(/[^0-9]/g, '').length === digits &&
      answer.replace(/[^a-z]/g, '').length === letters
  },
}
