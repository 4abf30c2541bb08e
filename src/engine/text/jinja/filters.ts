import { Bound } from './arguments.ts'
import { listFilters } from './list-filters.ts'
import { parseFloatText, parseWhole } from './number-text.ts'
import { formatText } from './operators.ts'
import { writeJson } from './python-json.ts'
import { capitalize, splitLines, strip, stripOf } from './python-text.ts'
import type { RenderBudget } from './render-budget.ts'
import { TemplateError, unsupported } from './template-error.ts'
import { joinTexts, replaceText } from './text-methods.ts'
import {
  Dict,
  Float,
  isNumeric,
  isTrue,
  itemsOf,
  lengthOf,
  numberOf,
  textOf,
  Tuple,
  typeName,
  Undefined,
  type Call,
  type Value,
} from './values.ts'

/** What a filter may use of the rendering it runs in. */
export interface FilterUse {
  budget: RenderBudget
  filter(name: string, value: Value, given: Call): Value
  test(name: string, value: Value, given: Call): boolean
}

export type FilterRule = (value: Value, given: Call, use: FilterUse) => Value

const onText =
  (run: (text: string) => Value): FilterRule =>
  (value, _given, { budget }) => {
    const text = textOf(value)
    budget.characters(text.length)
    return run(text)
  }

const length: FilterRule = (value) => lengthOf(value)

const fallback: FilterRule = (value, given) => {
  const bound = new Bound('default', given, ['default_value', 'boolean'])
  const absent = value instanceof Undefined || (isTrue(bound.optional('boolean') ?? false) && !isTrue(value))
  return absent ? (bound.optional('default_value') ?? '') : value
}

function indent(value: Value, given: Call, { budget }: FilterUse): Value {
  const bound = new Bound('indent', given, ['width', 'first', 'blank'])
  const width = bound.optional('width') ?? 4
  const margin = typeof width === 'string' ? width : ' '.repeat(bound.whole('width', 4))
  if (typeof value !== 'string') throw new TemplateError(`indent: expected text, found ${typeName(value)}`)
  const lines = splitLines(`${value}\n`)
  budget.step(lines.length)
  budget.characters(value.length + lines.length * margin.length)
  const withBlank = isTrue(bound.optional('blank') ?? false)
  const text = lines.map((line, i) => (i > 0 && (withBlank || line !== '') ? margin + line : line)).join('\n')
  return isTrue(bound.optional('first') ?? false) ? margin + text : text
}

function toInt(value: Value, given: Call): Value {
  if (value instanceof Undefined) throw value.error()
  const bound = new Bound('int', given, ['default', 'base'])
  const otherwise = bound.optional('default') ?? 0
  if (bound.whole('base', 10) !== 10) throw unsupported('the filter int with a base')
  if (typeof value === 'string') {
    const whole = parseWhole(value)
    if (whole !== undefined) return whole
  }
  const number =
    typeof value === 'string' ? parseFloatText(value) : isNumeric(value) ? numberOf(value) : undefined
  if (number === undefined || !Number.isFinite(number)) return otherwise
  const whole = Math.trunc(number)
  if (!Number.isSafeInteger(whole)) throw unsupported('a whole number beyond 2^53')
  return whole === 0 ? 0 : whole
}

function toFloat(value: Value, given: Call): Value {
  if (value instanceof Undefined) throw value.error()
  const otherwise = new Bound('float', given, ['default']).optional('default') ?? new Float(0)
  const number =
    typeof value === 'string' ? parseFloatText(value) : isNumeric(value) ? numberOf(value) : undefined
  return number === undefined ? otherwise : new Float(number)
}

function toJson(value: Value, given: Call, { budget }: FilterUse): Value {
  const bound = new Bound('tojson', given, ['ensure_ascii', 'indent', 'separators', 'sort_keys'])
  const width = bound.optional('indent') ?? null
  if (width !== null && typeof width !== 'number' && typeof width !== 'string')
    throw new TemplateError('tojson: indent must be a number or text')
  const separators = bound.optional('separators') ?? null
  const parts = separators instanceof Tuple ? separators.items : separators
  if (
    parts !== null &&
    !(Array.isArray(parts) && parts.length === 2 && parts.every((part) => typeof part === 'string'))
  )
    throw new TemplateError('tojson: separators must be two texts')
  const text = writeJson(value, {
    ensureAscii: isTrue(bound.optional('ensure_ascii') ?? false),
    indent: width,
    sortKeys: isTrue(bound.optional('sort_keys') ?? false),
    ...(parts && { separators: parts as [string, string] }),
  })
  budget.characters(text.length)
  return text
}

const title = (text: string): string =>
  text
    .split(/([-\s({[<]+)/u)
    .filter((part) => part !== '')
    .map((part) => {
      const [first = '', ...rest] = [...part]
      return first.toUpperCase() + rest.join('').toLowerCase()
    })
    .join('')

/** jinja2's built-in filters that templates use, and transformers' `tojson`. */
export const filters: Readonly<Record<string, FilterRule>> = {
  ...listFilters,
  length,
  count: length,
  default: fallback,
  d: fallback,
  upper: onText((text) => text.toUpperCase()),
  lower: onText((text) => text.toLowerCase()),
  capitalize: onText(capitalize),
  title: onText(title),
  string: onText((text) => text),
  trim: (value, given, { budget }) => {
    const characters = new Bound('trim', given, ['chars']).optional('chars') ?? null
    const text = textOf(value)
    budget.step(1 + text.length / 64)
    if (characters === null) return strip(text)
    if (typeof characters !== 'string') throw new TemplateError('trim: chars must be text')
    return stripOf(text, characters, 'both')
  },
  replace: (value, given, { budget }) => {
    const bound = new Bound('replace', given, ['old', 'new', 'count'])
    const count = bound.optional('count') ?? null
    return replaceText(
      textOf(value),
      textOf(bound.required('old')),
      textOf(bound.required('new')),
      count === null ? -1 : bound.whole('count', -1),
      budget,
    )
  },
  join: (value, given, use) => {
    const bound = new Bound('join', given, ['d', 'attribute'])
    const attribute = bound.optional('attribute')
    const items =
      attribute === undefined || attribute === null
        ? itemsOf(value)
        : itemsOf(use.filter('map', value, { positional: [], named: new Map([['attribute', attribute]]) }))
    return joinTexts(items.map(textOf), textOf(bound.optional('d') ?? ''), use.budget)
  },
  format: (value, given, { budget }) => {
    if (given.named.size > 0) throw unsupported('the filter format with arguments by name')
    return formatText(textOf(value), new Tuple(given.positional), budget)
  },
  indent,
  int: toInt,
  float: toFloat,
  abs: (value) => {
    if (!isNumeric(value)) throw new TemplateError(`abs: expected a number, found ${typeName(value)}`)
    const size = Math.abs(numberOf(value))
    return value instanceof Float ? new Float(size) : size
  },
  tojson: toJson,
}

/** Throws TemplateError for filters that are unknown or not supported, by name. */
export function applyFilter(name: string, value: Value, given: Call, use: FilterUse): Value {
  const rule = Object.hasOwn(filters, name) ? filters[name] : undefined
  if (!rule) throw unsupported(`the filter ${name}`)
  use.budget.step(
    1 + (typeof value === 'string' ? value.length / 64 : value instanceof Dict ? value.size : 0),
  )
  return rule(value, given, use)
}
