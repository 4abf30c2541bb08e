import { blank } from '../../text/jinja/python-text.ts'
import { AppError } from '../../../contract/errors.ts'

/**
 * A pattern of Python's `re` (of str, so with Unicode's digits, letters and blanks) as a global RegExp. Throws BAD_INPUT for
 * what JavaScript does not have (conditions, possessive quantifiers, comments, …) and for what does not parse.
 */
export function pythonRegex(pattern: string): RegExp {
  const refuse = (what: string, cause?: unknown): AppError =>
    new AppError(
      'BAD_INPUT',
      `Expected a regular expression, found ${JSON.stringify(pattern)}: ${what}. Write it differently.`,
      { pattern },
      { cause },
    )
  const { flags, body } = leadingFlags(pattern, refuse)
  let translated = ''
  let inClass = false
  for (let at = 0; at < body.length;) {
    const rest = body.slice(at)
    const group = /^\(\?(P<\w+>|P=\w+\)|[^:=!<)]|<[^=!])/.exec(rest)
    if (rest.startsWith('\\')) {
      const escape = rest.slice(0, 2)
      translated += escaped(rest[1] ?? '', inClass, refuse)
      at += escape.length
    } else if (inClass) {
      inClass = rest[0] !== ']'
      translated += classCharacter(rest[0]!)
      at += 1
    } else if (rest[0] === '[') {
      const opening = /^\[\^?\]?/.exec(rest)![0] // a bracket right behind the opening is one of the class
      translated += opening.replace(']', String.raw`\]`)
      inClass = true
      at += opening.length
    } else if (group) {
      if (!group[1]!.startsWith('P')) throw refuse(`"${group[0]}" is not supported`)
      const name = group[1]!.slice(2)
      translated += group[1]!.startsWith('P<') ? `(?<${name}` : String.raw`\k<${name.slice(0, -1)}>`
      at += group[0].length
    } else if (/^(?:[*+?]|\{\d*,?\d*\})\+/.test(rest)) {
      throw refuse('possessive quantifiers are not supported')
    } else {
      const [plain, taken] = plainPart(rest, flags)
      translated += plain
      at += taken
    }
  }
  try {
    return new RegExp(translated, `gu${flags.replaceAll(/[su]/g, '')}`)
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : 'it does not parse', cause)
  }
}

/** `(?si)` at the start, where alone Python takes it. */
function leadingFlags(pattern: string, refuse: (what: string) => AppError): { flags: string; body: string } {
  const found = /^\(\?([a-zA-Z]+)\)/.exec(pattern)
  if (!found) return { flags: '', body: pattern }
  if (!/^[simu]+$/.test(found[1]!)) throw refuse(`the flags "${found[1]}" are not supported`)
  return { flags: [...new Set(found[1])].join(''), body: pattern.slice(found[0].length) }
}

/** What stands outside of classes and means something else in JavaScript; otherwise itself. */
function plainPart(rest: string, flags: string): [translated: string, taken: number] {
  const first = [...rest][0]!
  if (first === '.') return [flags.includes('s') ? String.raw`[\s\S]` : String.raw`[^\n]`, 1]
  // At the end, and before a line end there.
  if (first === '$') return [flags.includes('m') ? '$' : String.raw`(?=\n?(?![\s\S]))`, 1]
  if (first === ']' || first === '}') return [`\\${first}`, 1]
  if (first === '{') {
    const quantifier = /^\{(\d*)(,?)(\d*)\}/.exec(rest)
    if (!quantifier || (quantifier[1] === '' && quantifier[3] === '')) return [String.raw`\{`, 1]
    return [`{${quantifier[1] || '0'}${quantifier[2]}${quantifier[3]}}`, quantifier[0].length]
  }
  return [first, first.length]
}

const classCharacter = (character: string): string =>
  ['[', '(', ')', '{', '}', '/', '|', '&'].includes(character)
    ? `\\${character}`.replace(String.raw`\&`, '&')
    : character

const blanks = blank.slice(1, -1)
const word = String.raw`\p{L}\p{N}_`
const classes: Readonly<Record<string, string>> = { d: String.raw`\p{Nd}`, w: word, s: blanks }

function escaped(letter: string, inClass: boolean, refuse: (what: string) => AppError): string {
  if (letter === '') throw refuse('it ends in a backslash')
  const set = classes[letter.toLowerCase()]
  if (set !== undefined) {
    if (letter in classes) return inClass ? set : `[${set}]`
    if (inClass) {
      if (letter === 'D') return String.raw`\P{Nd}`
      throw refuse(`"\\${letter}" within brackets is not supported`)
    }
    return `[^${set}]`
  }
  if (letter === 'A') return '(?<![\\s\\S])'
  if (letter === 'Z') return '(?![\\s\\S])'
  if (letter === 'b' && !inClass) return `(?:(?<=[${word}])(?![${word}])|(?<![${word}])(?=[${word}]))`
  if (letter === 'B' && !inClass) return `(?:(?<=[${word}])(?=[${word}])|(?<![${word}])(?![${word}]))`
  if (letter === 'a') return String.raw`\x07`
  if (/[1-9nrtfvxub]/.test(letter)) return `\\${letter}`
  if (/[a-zA-Z0]/.test(letter)) throw refuse(`"\\${letter}" is not supported`)
  // JavaScript refuses to escape what need not be escaped.
  return /[$()*+.?[\\\]^{|}/-]/.test(letter) && !(letter === '-' && !inClass) ? `\\${letter}` : letter
}
