import { badCheck } from './checker.ts'
import type { Checker } from './checker.ts'

/** Lower-case letters in a rhyme-like pattern: the same capital stands for the same letter, another capital for
 * another letter: `pattern:ABBA` is met by `kzzk`. */
const form = 'pattern:<CAPITALS>'

export const pattern: Checker = {
  kind: 'pattern',
  form,
  read(parameters) {
    const wanted = parameters[0] ?? ''
    if (parameters.length !== 1 || !/^[A-Z]{2,}$/.test(wanted)) throw badCheck(form, parameters)
    return (answer) => {
      if (answer.length !== wanted.length || !/^[a-z]+$/.test(answer)) return false
      const letterOf = new Map<string, string>()
      for (let i = 0; i < wanted.length; i++) {
        const letter = letterOf.get(wanted[i]!) ?? answer[i]!
        if (letter !== answer[i]) return false
        letterOf.set(wanted[i]!, letter)
      }
      return new Set(letterOf.values()).size === letterOf.size
    }
  },
}
