import { Bound, refuseArguments } from './arguments.ts'
import {
  blank,
  capitalize,
  codePoints,
  splitBlanks,
  splitLines,
  strip,
  stripEnd,
  stripOf,
  stripStart,
  textLength,
  titled,
} from './python-text.ts'
import type { RenderBudget } from './render-budget.ts'
import { TemplateError } from './template-error.ts'
import { itemsOf, Tuple, typeName, type Call, type Value } from './values.ts'

type TextMethod = (text: string, given: Call, budget: RenderBudget) => Value

const plain =
  (name: string, run: (text: string) => Value): TextMethod =>
  (text, given) => {
    refuseArguments(name, given)
    return run(text)
  }

const stripping =
  (name: string, sides: 'both' | 'start' | 'end', blanks: (text: string) => string): TextMethod =>
  (text, given) => {
    const characters = new Bound(name, given, ['chars']).optional('chars') ?? null
    if (characters === null) return blanks(text)
    if (typeof characters !== 'string')
      throw new TemplateError(`${name}: expected text, found ${typeName(characters)}`)
    return stripOf(text, characters, sides)
  }

const matching =
  (name: string, matches: (text: string, part: string) => boolean): TextMethod =>
  (text, given) => {
    const bound = new Bound(name, given, ['part', 'start', 'end'])
    const part = bound.required('part')
    const whole = section(text, bound)
    const parts = part instanceof Tuple ? part.items : [part]
    return parts.some((each) => {
      if (typeof each !== 'string') throw new TemplateError(`${name}: expected text, found ${typeName(each)}`)
      return whole !== undefined && matches(whole, each)
    })
  }

/** The part of a text between two optional bounds, in code points; undefined where the start lies behind its end. */
function section(text: string, bound: Bound): string | undefined {
  if (bound.optional('start') === undefined && bound.optional('end') === undefined) return text
  const points = codePoints(text)
  const start = bound.whole('start', 0)
  if (start > points.length) return undefined
  const part = points.slice(start, bound.whole('end', points.length))
  return typeof part === 'string' ? part : part.join('')
}

const seeking =
  (name: string, last: boolean, raises: boolean): TextMethod =>
  (text, given) => {
    const bound = new Bound(name, given, ['part', 'start', 'end'])
    const part = bound.text('part')
    const whole = section(text, bound)
    const at = whole === undefined ? -1 : last ? whole.lastIndexOf(part) : whole.indexOf(part)
    if (at < 0) {
      if (raises) throw new TemplateError(`${name}: the text does not hold ${JSON.stringify(part)}`)
      return -1
    }
    const start = bound.whole('start', 0)
    return textLength(whole!.slice(0, at)) + (start < 0 ? Math.max(0, start + textLength(text)) : start)
  }

const partition =
  (name: string, last: boolean): TextMethod =>
  (text, given) => {
    const part = new Bound(name, given, ['sep']).text('sep')
    if (part === '') throw new TemplateError(`${name}: empty separator`)
    const at = last ? text.lastIndexOf(part) : text.indexOf(part)
    if (at < 0) return new Tuple(last ? ['', '', text] : [text, '', ''])
    return new Tuple([text.slice(0, at), part, text.slice(at + part.length)])
  }

const splitting =
  (name: string, last: boolean): TextMethod =>
  (text, given, budget) => {
    const bound = new Bound(name, given, ['sep', 'maxsplit'])
    const separator = bound.optional('sep') ?? null
    const limit = bound.whole('maxsplit', -1)
    budget.characters(text.length)
    if (separator === null) {
      if (last && limit >= 0) return splitBlanksFromEnd(text, limit)
      return splitBlanks(text, limit < 0 ? Number.POSITIVE_INFINITY : limit)
    }
    if (typeof separator !== 'string')
      throw new TemplateError(`${name}: expected text, found ${typeName(separator)}`)
    if (separator === '') throw new TemplateError(`${name}: empty separator`)
    const parts = text.split(separator)
    budget.step(parts.length)
    if (limit < 0 || parts.length <= limit + 1) return parts
    return last
      ? [parts.slice(0, parts.length - limit).join(separator), ...parts.slice(parts.length - limit)]
      : [...parts.slice(0, limit), parts.slice(limit).join(separator)]
  }

function splitBlanksFromEnd(text: string, limit: number): string[] {
  const words: string[] = []
  let rest = stripEnd(text)
  const lastWord = new RegExp(`(?<=${blank})(?:(?!${blank})[\\s\\S])+$`)
  while (rest !== '') {
    const match = words.length === limit ? null : lastWord.exec(rest)
    if (!match) {
      words.unshift(words.length === limit ? rest : stripStart(rest))
      break
    }
    words.unshift(match[0])
    rest = stripEnd(rest.slice(0, match.index))
  }
  return words
}

const every = (name: string, pattern: RegExp): TextMethod => plain(name, (text) => pattern.test(text))

function replace(text: string, given: Call, budget: RenderBudget): Value {
  const bound = new Bound('replace', given, ['old', 'new', 'count'])
  return replaceText(text, bound.text('old'), bound.text('new'), bound.whole('count', -1), budget)
}

/** `str.replace`; an empty `old` stands between all characters. */
export function replaceText(
  text: string,
  old: string,
  by: string,
  count: number,
  budget: RenderBudget,
): string {
  const parts = old === '' ? ['', ...text, ''] : text.split(old)
  budget.step(1 + parts.length / 8)
  budget.characters(text.length + parts.length * by.length)
  const times = count < 0 ? parts.length - 1 : Math.min(count, parts.length - 1)
  return (
    parts
      .slice(0, times)
      .map((part) => part + by)
      .join('') + parts.slice(times).join(old)
  )
}

/** The methods of a str that templates use. */
export const textMethods: Readonly<Record<string, TextMethod>> = {
  upper: plain('upper', (text) => text.toUpperCase()),
  lower: plain('lower', (text) => text.toLowerCase()),
  title: plain('title', titled),
  capitalize: plain('capitalize', capitalize),
  strip: stripping('strip', 'both', strip),
  lstrip: stripping('lstrip', 'start', stripStart),
  rstrip: stripping('rstrip', 'end', stripEnd),
  startswith: matching('startswith', (text, part) => text.startsWith(part)),
  endswith: matching('endswith', (text, part) => text.endsWith(part)),
  find: seeking('find', false, false),
  rfind: seeking('rfind', true, false),
  index: seeking('index', false, true),
  rindex: seeking('rindex', true, true),
  partition: partition('partition', false),
  rpartition: partition('rpartition', true),
  split: splitting('split', false),
  rsplit: splitting('rsplit', true),
  splitlines: (text, given) => {
    if (new Bound('splitlines', given, ['keepends']).optional('keepends') === true)
      throw new TemplateError('splitlines(True) is not supported by this version')
    return splitLines(text)
  },
  replace,
  removeprefix: (text, given) => {
    const prefix = new Bound('removeprefix', given, ['prefix']).text('prefix')
    return text.startsWith(prefix) ? text.slice(prefix.length) : text
  },
  removesuffix: (text, given) => {
    const suffix = new Bound('removesuffix', given, ['suffix']).text('suffix')
    return suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text
  },
  join: (text, given, budget) => {
    const parts = itemsOf(new Bound('join', given, ['iterable']).required('iterable'))
    return joinTexts(
      parts.map((part) => {
        if (typeof part !== 'string') throw new TemplateError(`join: expected text, found ${typeName(part)}`)
        return part
      }),
      text,
      budget,
    )
  },
  count: (text, given) => {
    const part = new Bound('count', given, ['part']).text('part')
    return part === '' ? textLength(text) + 1 : text.split(part).length - 1
  },
  isspace: every('isspace', new RegExp(`^${blank}+$`)),
  isalpha: every('isalpha', /^\p{L}+$/u),
  isdigit: every('isdigit', /^[\p{Nd}\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089]+$/u),
  isdecimal: every('isdecimal', /^\p{Nd}+$/u),
  isnumeric: every('isnumeric', /^\p{N}+$/u),
  isalnum: every('isalnum', /^[\p{L}\p{N}]+$/u),
  isupper: plain('isupper', (text) => /\p{Lu}/u.test(text) && !/[\p{Ll}\p{Lt}]/u.test(text)),
  islower: plain('islower', (text) => /\p{Ll}/u.test(text) && !/[\p{Lu}\p{Lt}]/u.test(text)),
}

export function joinTexts(parts: readonly string[], separator: string, budget: RenderBudget): string {
  budget.step(1 + parts.length / 8)
  let total = 0
  for (const part of parts) total += part.length + separator.length
  budget.characters(total)
  return parts.join(separator)
}

/** Methods of a str that Python has and this table lacks: refused by name rather than called undefined. */
export const otherTextMethods = new Set(
  (
    'casefold center encode expandtabs format format_map isascii isidentifier isprintable istitle ljust maketrans ' +
    'rjust swapcase translate zfill'
  ).split(' '),
)
