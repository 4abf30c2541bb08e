import { sinceUnicode17 } from './unicode-ages.ts'

/**
 * Oniguruma's regular expressions (Ruby syntax over Unicode), which tokenizer.json uses, as JavaScript's with the flag
 * `v`. Throws SyntaxError for what has no equal: a pattern that splits differently would train on other tokens.
 */
export function compileOnig(source: string): RegExp {
  return new RegExp(new Translation(source).whole(), 'gv')
}

/** A text as a pattern of itself. */
export function literalPattern(text: string): RegExp {
  return new RegExp(Array.from(text, literal).join(''), 'gv')
}

/** A set without the characters that Oniguruma does not know yet. */
const known = (set: string): string => `[${set}--[${sinceUnicode17}]]`
const not = (set: string): string => `[^${set}]`

const digit = known('\\p{Nd}')
const classEscapes: Record<string, string> = {
  s: '\\p{White_Space}',
  S: '\\P{White_Space}',
  d: digit,
  D: not(digit),
  h: '[0-9a-fA-F]',
  H: '[^0-9a-fA-F]',
  n: '\\n',
  r: '\\r',
  t: '\\t',
  f: '\\f',
  v: '\\v',
  a: '\\x07',
  e: '\\x1b',
}
const wordInClass = known('[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}]')
// Outside of brackets Oniguruma also counts the Latin-1 fractions and superscripts.
const word = `[${wordInClass}\\u00b2\\u00b3\\u00b9\\u00bc-\\u00be]`
const outsideEscapes: Record<string, string> = {
  ...classEscapes,
  w: word,
  W: not(word),
  A: '(?<![\\s\\S])',
  z: '(?![\\s\\S])',
  Z: '(?=\\n?(?![\\s\\S]))',
  b: `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`,
  B: `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`,
}
const bracketNames: Record<string, string> = {
  alpha: known('\\p{Alphabetic}'),
  alnum: known('[\\p{Alphabetic}\\p{Nd}]'),
  digit,
  lower: known('\\p{Lowercase}'),
  upper: known('\\p{Uppercase}'),
  space: '\\p{White_Space}',
  blank: '[\\t\\p{Zs}]',
  punct: known('[\\p{P}\\p{S}]'),
  cntrl: '\\p{Cc}',
  word: wordInClass,
  xdigit: '[0-9a-fA-F]',
}

/** U+0295 was a lower-case letter until Unicode 17. */
const movedLetter: Record<string, string> = { Ll: '[\\p{Ll}\\u0295]', Lo: '[\\p{Lo}--\\u0295]' }

class Translation {
  readonly #source: string
  #at = 0
  #atomics = 0

  constructor(source: string) {
    this.#source = source
  }

  whole(): string {
    const translated = this.#alternatives()
    if (this.#at < this.#source.length) throw this.#error('a closing parenthesis too many')
    return translated
  }

  #error(what: string): SyntaxError {
    return new SyntaxError(`${what} at character ${this.#at} of /${this.#source}/`)
  }

  #skip(text: string): boolean {
    const found = this.#source.startsWith(text, this.#at)
    if (found) this.#at += text.length
    return found
  }

  #character(): string {
    const point = this.#source.codePointAt(this.#at)
    if (point === undefined) throw this.#error('the pattern ends early')
    const character = String.fromCodePoint(point)
    this.#at += character.length
    return character
  }

  /** Up to the closing parenthesis of this group, or the end. */
  #alternatives(): string {
    let out = ''
    while (this.#at < this.#source.length && this.#source[this.#at] !== ')') {
      if (this.#skip('|')) out += '|'
      // `a(?i)b|c` means `a(?i:b|c)`: the option holds to the end of the group, alternatives included.
      else if (this.#skip('(?i)')) return `${out}(?i:${this.#alternatives()})`
      else out += this.#quantified(this.#atom())
    }
    return out
  }

  #quantified(atom: string): string {
    let result = atom
    while (true) {
      const braces = /^\{(\d*)(,?)(\d*)\}/.exec(this.#source.slice(this.#at, this.#at + 24))
      const sign = ['*', '+', '?'].find((each) => this.#source[this.#at] === each)
      if (sign === undefined && !(braces && (braces[1] || braces[3]))) return result
      if (atom === '') throw this.#error('nothing to repeat')
      if (sign !== undefined) {
        this.#at++
        // Ruby's possessive quantifier gives nothing back: an atomic group.
        if (this.#skip('+')) result = this.#atomic(result + sign)
        else result += sign + (this.#skip('?') ? '?' : '')
      } else {
        this.#at += braces![0].length
        const [, low = '', comma = '', high = ''] = braces!
        result += `{${low || '0'}${comma}${high}}`
        if (this.#source[this.#at] === '?') {
          if (comma === '') throw this.#error('{n}? is not supported')
          this.#at++
          result += '?'
        }
      }
      // A quantifier on a quantifier repeats the whole.
      result = `(?:${result})`
    }
  }

  /** JavaScript has no atomic groups; a lookahead is one, and a reference to it consumes what it found. */
  #atomic(inside: string): string {
    const name = `atomic${this.#atomics++}`
    return `(?:(?=(?<${name}>${inside}))\\k<${name}>)`
  }

  #atom(): string {
    if (this.#skip('[')) return this.#bracket()
    if (this.#skip('(')) return this.#group()
    if (this.#skip('\\')) return this.#escape(outsideEscapes)
    const character = this.#character()
    if (character === '.') return '[^\\n]'
    if (character === '^') return '(?:(?<![\\s\\S])|(?<=\\n))'
    if (character === '$') return '(?:(?=\\n)|(?![\\s\\S]))'
    return literal(character)
  }

  #group(): string {
    let open = '(?:'
    let atomic = false
    if (this.#skip('?')) {
      const kind = [':', '=', '!', '<=', '<!', 'i:', '>'].find((each) => this.#skip(each))
      if (kind === undefined) throw this.#error('a kind of group that is not supported')
      atomic = kind === '>'
      open = atomic ? '' : `(?${kind}`
    }
    const inside = this.#alternatives()
    if (!this.#skip(')')) throw this.#error('a group without end')
    return atomic ? this.#atomic(inside) : `${open}${inside})`
  }

  #escape(table: Record<string, string>): string {
    const letter = this.#character()
    const known = Object.hasOwn(table, letter) ? table[letter] : undefined
    if (known !== undefined) return known
    if (letter === 'p' || letter === 'P') return this.#property(letter)
    if (letter === 'x' || letter === 'u') {
      const hex = /^(?:\{([\da-fA-F]{1,6})\}|([\da-fA-F]{1,4}))/.exec(
        this.#source.slice(this.#at, this.#at + 8),
      )
      const digits = hex?.[1] ?? hex?.[2]?.slice(0, letter === 'x' ? 2 : 4)
      if (!hex || digits === undefined || (letter === 'u' && digits.length !== 4))
        throw this.#error(`\\${letter} without its digits`)
      this.#at += hex[1] === undefined ? digits.length : hex[0].length
      return `\\u{${digits}}`
    }
    if (/[\p{L}\p{N}]/v.test(letter)) throw this.#error(`\\${letter} is not supported`)
    return literal(letter)
  }

  #property(letter: string): string {
    const match = /^\{(\^?)([\w ]+)\}/.exec(this.#source.slice(this.#at, this.#at + 64))
    if (!match) throw this.#error(`\\${letter} without a property`)
    this.#at += match[0].length
    const [, caret, name = ''] = match
    const sign = (letter === 'P') !== (caret === '^') ? 'P' : 'p'
    const posix = bracketNames[name.toLowerCase()]
    if (posix !== undefined) return sign === 'p' ? posix : not(posix)
    for (const form of [name, `Script=${name}`]) {
      if (!isProperty(form)) continue
      const set = known(movedLetter[name] ?? `\\p{${form}}`)
      return sign === 'p' ? set : not(set)
    }
    throw this.#error(`the property ${name} is not known`)
  }

  #bracket(): string {
    let out = this.#skip('^') ? '[^' : '['
    let first = true
    while (true) {
      if (this.#source[this.#at] === ']' && !first) {
        this.#at++
        return `${out}]`
      }
      first = false
      if (this.#skip('&&')) {
        out += '&&'
        continue
      }
      const posix = /^\[:(\^?)(\w+):\]/.exec(this.#source.slice(this.#at, this.#at + 16))
      if (posix) {
        const named = bracketNames[posix[2]!]
        if (named === undefined) throw this.#error(`the class ${posix[0]} is not known`)
        this.#at += posix[0].length
        out += posix[1] ? not(named) : named
      } else if (this.#skip('[')) out += this.#bracket()
      else out += this.#classItem()
    }
  }

  /** A character, a set or a range within brackets. */
  #classItem(): string {
    const one = (): string => {
      if (this.#skip('\\'))
        return this.#escape({ ...classEscapes, w: wordInClass, W: not(wordInClass), b: '\\x08' })
      return literal(this.#character())
    }
    const start = one()
    const next = this.#source[this.#at + 1]
    if (this.#source[this.#at] !== '-' || next === ']' || next === undefined) return start
    if (/^(?:\[|\\[pP]\{)/.test(start)) {
      this.#at++
      return `${start}\\-`
    }
    this.#at++
    if (this.#source[this.#at] === '[') throw this.#error('a range that ends in a class')
    return `${start}-${one()}`
  }
}

function isProperty(name: string): boolean {
  try {
    void new RegExp(`\\p{${name}}`, 'v')
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

/** Escapes what has a meaning in or outside of brackets, the doubled punctuation of the flag `v` included. */
function literal(character: string): string {
  return /[$()*+.?[\\\]^{|}/&\-!#%,:;<=>@`~]/.test(character)
    ? `\\u{${character.codePointAt(0)!.toString(16)}}`
    : character
}
