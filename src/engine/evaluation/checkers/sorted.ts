import { badCheck, readCount } from './checker.ts'
import type { Checker } from './checker.ts'

/** Strictly ascending whole numbers within a range, both ends included, separated by spaces: `sorted:3:10:50`. */
const form = 'sorted:<count>:<lowest>:<highest>'

export const sorted: Checker = {
  kind: 'sorted',
  form,
  read(parameters) {
    const [count, lowest, highest] = parameters.map(readCount)
    if (parameters.length !== 3 || !count || lowest === undefined || highest === undefined) {
      throw badCheck(form, parameters)
    }
    return (answer) => {
      const parts = answer.split(' ')
      if (parts.length !== count) return false
      let before = lowest - 1
      for (const part of parts) {
        const number = /^(0|[1-9]\d{0,8})$/.test(part) ? Number(part) : -1
        if (number <= before || number > highest) return false
        before = number
      }
      return true
    }
  },
}
