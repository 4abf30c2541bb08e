import { badCheck, readCount } from './checker.ts'
import type { Checker } from './checker.ts'

/** Different items of the given list, in any order, separated by spaces: `pick:2:fox,owl,hen,cat`. */
const form = 'pick:<count>:<item,item,…>'

export const pick: Checker = {
  kind: 'pick',
  form,
  read(parameters) {
    const count = readCount(parameters[0])
    const items = (parameters[1] ?? '').split(',')
    if (parameters.length !== 2 || !count || count > items.length || items.includes('')) {
      throw badCheck(form, parameters)
    }
    return (answer) => {
      const picked = answer.split(' ')
      return (
        picked.length === count &&
        new Set(picked).size === count &&
        picked.every((each) => items.includes(each))
      )
    }
  },
}
