import { badCheck, readCount } from './checker.ts'
import type { Checker } from './checker.ts'

/** Numbers of at least 1 that make a result, written with signs and without spaces: `sum:plus:2:37` is met by
 * `12+25`, `sum:plus:3:37` by `12+20+5`, `sum:minus:2:12` by `40-28`. */
const form = 'sum:<plus|minus>:<terms>:<result>'

export const sum: Checker = {
  kind: 'sum',
  form,
  read(parameters) {
    const [operation, terms, result] = [parameters[0], readCount(parameters[1]), readCount(parameters[2])]
    if (parameters.length !== 3 || !terms || terms < 2 || result === undefined)
      throw badCheck(form, parameters)
    if (operation !== 'plus' && operation !== 'minus') throw badCheck(form, parameters)
    return (answer) => {
      const parts = answer.split(operation === 'plus' ? '+' : '-')
      if (parts.length !== terms || !parts.every((part) => /^[1-9]\d{0,8}$/.test(part))) return false
      const [first, ...others] = parts.map(Number)
      const rest = others.reduce((total, each) => total + each, 0)
      return (operation === 'plus' ? first! + rest : first! - rest) === result
    }
  },
}
