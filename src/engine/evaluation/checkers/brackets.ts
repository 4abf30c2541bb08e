import { badCheck, readCount } from './checker.ts'
import type { Checker } from './checker.ts'

/** Balanced brackets with an exact number of pairs of each shape, optionally with a given first bracket:
 * `brackets:2:1:0` is two (), one [], no {}; `brackets:2:1:0:[` starts with [. */
const form = 'brackets:<round>:<square>:<curly>:<first>'
const closing: Record<string, string> = { '(': ')', '[': ']', '{': '}' }

export const brackets: Checker = {
  kind: 'brackets',
  form,
  read(parameters) {
    const [round, square, curly] = parameters.slice(0, 3).map(readCount)
    const first = parameters[3] ?? ''
    if (round === undefined || square === undefined || curly === undefined || parameters.length > 4) {
      throw badCheck(form, parameters)
    }
    if (parameters.length === 4 && !/^[([{]$/.test(first)) throw badCheck(form, parameters)
    return (answer) => {
      const pairs = countPairs(answer)
      return (
        pairs !== null &&
        pairs['('] === round &&
        pairs['['] === square &&
        pairs['{'] === curly &&
        answer.startsWith(first)
      )
    }
  },
}

/** Pairs by opening bracket, or null where the text is not balanced or holds anything else. */
function countPairs(text: string): Record<'(' | '[' | '{', number> | null {
  const pairs = { '(': 0, '[': 0, '{': 0 }
  const open: string[] = []
  for (const character of text) {
    if (character === '(' || character === '[' || character === '{') {
      pairs[character]++
      open.push(character)
    } else if (open.length === 0 || closing[open.pop()!] !== character) return null
  }
  return open.length === 0 ? pairs : null
}
