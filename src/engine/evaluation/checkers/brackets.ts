import { badCheck, readCount } from './checker.ts'
import type { Checker } from './checker.ts'

/** Balanced brackets with an exact number of pairs of each shape, in any order and
 * nesting: `brackets:2:1:0` is two (), one [], no {}. */
const form = 'brackets:<round>:<square>:<curly>'
const closing: Record<string, string> = { '(': ')', '[': ']', '{': '}' }

export const brackets: Checker = {
  kind: 'brackets',
  form,
  read(parameters) {
    const [round, square, curly] = parameters.map(readCount)
    if (parameters.length !== 3 || round === undefined || square === undefined || curly === undefined) {
      throw badCheck(form, parameters)
    }
    return (answer) => {
      const pairs = countPairs(answer)
      return pairs !== null && pairs['('] === round && pairs['['] === square && pairs['{'] === curly
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
