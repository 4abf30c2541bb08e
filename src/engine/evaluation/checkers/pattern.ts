import { badCheck } from './checker.ts'
import type { Checker } from './checker.ts'

/** Lower-case letters in a rhyme-like pattern: the same capital stands for the same letter, another capital for
 * another letter: `pattern:ABBA` is met by `kzzk`; `pattern:ABBA:k` wants k for the first. */
const form = 'pattern:<CAPITALS>:<first>'

export const pattern: Checker = {
  kind: 'pattern',
  form,
  read(parameters) {
    const wanted = parameters[0] ?? ''
    const first = parameters[1] ?? ''
    if (parameters.length > 2 || !/^[A-Z]{2,}$/.test(wanted)) throw badCheck(form, parameters)
    if (parameters.length === 2 && !/^[a-z]$/.test(first)) throw badCheck(form, parameters)
    return (answer) => {
      if (answer.length !== wanted.length || !/^[a-z]+$/.test(answer) || !answer.startsWith(first))
        return false
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
