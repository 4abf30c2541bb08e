/**
 * Python's str, whose characters are code points and whose blanks are not JavaScript's: U+FEFF is none, U+001C to
 * U+001F and U+0085 are.
 */

/** A class for regular expressions: what `str.isspace` accepts. */
export const blank = String.raw`[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]`

const leading = new RegExp(`^${blank}+`)
const isBlank = new RegExp(blank)
const surrogate = /[\ud800-\udfff]/

export const stripStart = (text: string): string => text.replace(leading, '')

export function stripEnd(text: string): string {
  // A regular expression anchored at the end is quadratic on long runs of blanks.
  let end = text.length
  while (end > 0 && isBlank.test(text[end - 1]!)) end--
  return text.slice(0, end)
}

export const strip = (text: string): string => stripEnd(stripStart(text))

/** `str.strip(characters)` and its one-sided forms. */
export function stripOf(text: string, characters: string, sides: 'both' | 'start' | 'end'): string {
  const set = new Set(characters)
  const points = [...text]
  let start = 0
  let end = points.length
  if (sides !== 'end') while (start < end && set.has(points[start]!)) start++
  if (sides !== 'start') while (end > start && set.has(points[end - 1]!)) end--
  return points.slice(start, end).join('')
}

/** The words of `str.split()`, at most `limit` splits; the rest keeps its inner blanks. */
export function splitBlanks(text: string, limit: number): string[] {
  const words: string[] = []
  let rest = stripStart(text)
  const gap = new RegExp(`${blank}+`)
  while (rest !== '') {
    const match = words.length === limit ? null : gap.exec(rest)
    if (!match) {
      words.push(rest)
      break
    }
    words.push(rest.slice(0, match.index))
    rest = rest.slice(match.index + match[0].length)
  }
  return words
}

/** Code points; an array only where the text needs one. */
export const codePoints = (text: string): string | string[] => (surrogate.test(text) ? [...text] : text)

export const textLength = (text: string): number => codePoints(text).length

/** Python orders text by code points, JavaScript by UTF-16 units. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  const left = [...a]
  const right = [...b]
  for (let i = 0; i < left.length && i < right.length; i++) {
    if (left[i] !== right[i]) return left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!
  }
  return left.length - right.length
}

/** `str.lower()` etc. of Python and JavaScript agree: both take Unicode's full mappings, of no language. */
export function capitalize(text: string): string {
  const first = text === '' ? '' : String.fromCodePoint(text.codePointAt(0)!)
  // Python writes a title-case letter where Unicode has one of its own (ǆ → ǅ). The rest is of the whole text's lower
  // case, where a sigma at a word's end has its own form.
  return titleCase(first) + text.toLowerCase().slice(first.toLowerCase().length)
}

const digraphs: Record<string, string> = { ǆ: 'ǅ', Ǆ: 'ǅ', ǉ: 'ǈ', Ǉ: 'ǈ', ǌ: 'ǋ', Ǌ: 'ǋ', ǳ: 'ǲ', Ǳ: 'ǲ' }

function titleCase(letter: string): string {
  const digraph = digraphs[letter]
  if (digraph !== undefined) return digraph
  const [first = '', ...rest] = [...letter.toUpperCase()]
  return first + rest.join('').toLowerCase()
}

/** `str.title()`: a letter after anything that has no case begins a word. */
export function titled(text: string): string {
  let result = ''
  let inWord = false
  const letters = [...text]
  const lower = [...text.toLowerCase()]
  for (const [i, letter] of letters.entries()) {
    // Of the whole text where its letters stand in the same places: a sigma at a word's end has its own form.
    const small = lower.length === letters.length ? lower[i]! : letter.toLowerCase()
    result += inWord ? small : titleCase(letter)
    inWord = /[\p{Cased}]/u.test(letter)
  }
  return result
}

/** `str.splitlines()` without the line ends. */
export function splitLines(text: string): string[] {
  const lines = text.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** `repr` of a str. */
export function quoteText(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  const named: Record<string, string> = {
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\\': '\\\\',
    [mark]: `\\${mark}`,
  }
  const inside = text.replace(/['"\\]|(?! )[\p{C}\p{Z}]/gu, (character) => {
    const name = named[character]
    if (name !== undefined) return name
    if (character === '"' || character === "'") return character
    const point = character.codePointAt(0)!
    const hex = point.toString(16)
    if (point < 0x100) return `\\x${hex.padStart(2, '0')}`
    return point < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
  })
  return mark + inside + mark
}
