import { Bound, refuseArguments } from './arguments.ts'
import { itemOf } from './attributes.ts'
import type { FilterRule, FilterUse } from './filters.ts'
import { applyBinary, compareValues } from './operators.ts'
import { parseWhole } from './number-text.ts'
import { TemplateError, unsupported } from './template-error.ts'
import {
  Dict,
  hashKey,
  isNumeric,
  isTrue,
  itemsOf,
  numberOf,
  Sequence,
  Tuple,
  typeName,
  Undefined,
  type Call,
  type Value,
} from './values.ts'

const generator = (items: readonly Value[]): Sequence => new Sequence('generator', [...items])

/** jinja2's `make_attrgetter`: a dotted path of names and indices. */
function getter(path: Value | undefined, use: FilterUse, otherwise?: Value): (item: Value) => Value {
  if (path === undefined || path === null) return (item) => item
  const keys =
    typeof path === 'number'
      ? [path]
      : typeof path === 'string'
        ? path.split('.').map((key) => pathKey(key))
        : undefined
  if (!keys) throw new TemplateError(`attribute must be text or a number, found ${typeName(path)}`)
  return (item) => {
    let value = item
    for (const key of keys) {
      value = itemOf(value, key, use.budget)
      if (value instanceof Undefined && otherwise !== undefined) value = otherwise
    }
    return value
  }
}

const pathKey = (key: string): string | number => (/^\d+$/.test(key) ? (parseWhole(key) ?? key) : key)

const lowered = (caseSensitive: Value | undefined) =>
  caseSensitive !== undefined && isTrue(caseSensitive)
    ? (value: Value): Value => value
    : (value: Value): Value => (typeof value === 'string' ? value.toLowerCase() : value)

function sorted(items: readonly Value[], key: (item: Value) => Value, reverse: boolean): Value[] {
  const keyed = items.map((item) => ({ item, key: key(item) }))
  // Python keeps equal items in their order in both directions.
  keyed.sort((a, b) => (reverse ? compareValues(b.key, a.key) : compareValues(a.key, b.key)))
  return keyed.map(({ item }) => item)
}

function extreme(name: string, direction: 1 | -1): FilterRule {
  return (value, given, use) => {
    const bound = new Bound(name, given, ['case_sensitive', 'attribute'])
    const pick = getter(bound.optional('attribute'), use)
    const lower = lowered(bound.optional('case_sensitive'))
    const items = itemsOf(value)
    use.budget.step(items.length)
    let best = items[0]
    if (best === undefined) return new Undefined(`the ${name} of nothing`)
    for (const item of items.slice(1)) {
      if (compareValues(lower(pick(item)), lower(pick(best))) * direction > 0) best = item
    }
    return best
  }
}

/** select, reject (a test on the item) and selectattr, rejectattr (a test on an attribute). */
function choosing(name: string, keeps: boolean, byAttribute: boolean): FilterRule {
  return (value, given, use) => {
    const [attribute, testName, ...rest] = byAttribute ? given.positional : [null, ...given.positional]
    if (byAttribute && attribute === undefined) throw new TemplateError(`${name}: the attribute is missing`)
    const pick = getter(attribute, use)
    if (testName !== undefined && typeof testName !== 'string')
      throw new TemplateError(`${name}: the test must be named by a text`)
    const call: Call = { positional: rest, named: given.named }
    const passes = (item: Value): boolean =>
      testName === undefined ? isTrue(pick(item)) : use.test(testName, pick(item), call)
    const items = itemsOf(value)
    use.budget.step(items.length)
    return generator(items.filter((item) => passes(item) === keeps))
  }
}

function map(value: Value, given: Call, use: FilterUse): Value {
  const items = itemsOf(value)
  use.budget.step(items.length)
  if (given.positional.length === 0 && given.named.has('attribute')) {
    const bound = new Bound('map', given, ['attribute', 'default'], 0)
    return generator(items.map(getter(bound.required('attribute'), use, bound.optional('default'))))
  }
  const [name, ...rest] = given.positional
  if (typeof name !== 'string') throw new TemplateError('map: needs the name of a filter')
  return generator(items.map((item) => use.filter(name, item, { positional: rest, named: given.named })))
}

function dictSort(value: Value, given: Call, use: FilterUse): Value {
  const bound = new Bound('dictsort', given, ['case_sensitive', 'by', 'reverse'])
  const by = bound.text('by', 'key')
  if (by !== 'key' && by !== 'value') throw new TemplateError('dictsort: by must be key or value')
  if (!(value instanceof Dict)) throw new TemplateError(`dictsort: expected a dict, found ${typeName(value)}`)
  use.budget.step(value.size)
  const lower = lowered(bound.optional('case_sensitive'))
  const at = by === 'key' ? 0 : 1
  return sorted(
    value.entries().map((pair) => new Tuple(pair)),
    (pair) => lower((pair as Tuple).items[at]!),
    isTrue(bound.optional('reverse') ?? false),
  )
}

/** Filters on lists, dicts and whatever else is iterated. */
export const listFilters: Readonly<Record<string, FilterRule>> = {
  list: (value, given, use) => {
    refuseArguments('list', given)
    const items = itemsOf(value)
    use.budget.step(items.length)
    return [...items]
  },
  items: (value) => {
    if (value instanceof Undefined) return generator([])
    if (!(value instanceof Dict)) throw new TemplateError(`items: expected a dict, found ${typeName(value)}`)
    return generator(value.entries().map((pair) => new Tuple(pair)))
  },
  first: (value) => itemsOf(value)[0] ?? new Undefined('the first item of nothing'),
  last: (value) => {
    if (value instanceof Sequence && value.kind === 'generator')
      throw new TemplateError('last: a generator cannot be reversed; use the filter list first')
    return itemsOf(value).at(-1) ?? new Undefined('the last item of nothing')
  },
  reverse: (value, _given, use) => {
    if (typeof value === 'string') return [...value].reverse().join('')
    const items = itemsOf(value)
    use.budget.step(items.length)
    return generator([...items].reverse())
  },
  sort: (value, given, use) => {
    const bound = new Bound('sort', given, ['reverse', 'case_sensitive', 'attribute'])
    const attribute = bound.optional('attribute')
    if (typeof attribute === 'string' && attribute.includes(','))
      throw unsupported('sorting by several attributes')
    const pick = getter(attribute, use)
    const lower = lowered(bound.optional('case_sensitive'))
    const items = itemsOf(value)
    use.budget.step(items.length * 4)
    return sorted(items, (item) => lower(pick(item)), isTrue(bound.optional('reverse') ?? false))
  },
  unique: (value, given, use) => {
    const bound = new Bound('unique', given, ['case_sensitive', 'attribute'])
    const pick = getter(bound.optional('attribute'), use)
    const lower = lowered(bound.optional('case_sensitive'))
    const seen = new Set<string>()
    const items = itemsOf(value)
    use.budget.step(items.length)
    return generator(
      items.filter((item) => {
        const key = hashKey(lower(pick(item)))
        if (seen.has(key)) return false
        seen.add(key)
        return true
      }),
    )
  },
  dictsort: dictSort,
  min: extreme('min', -1),
  max: extreme('max', 1),
  sum: (value, given, use) => {
    const bound = new Bound('sum', given, ['attribute', 'start'])
    const pick = getter(bound.optional('attribute'), use)
    let total: Value = bound.optional('start') ?? 0
    for (const item of itemsOf(value)) {
      const part = pick(item)
      if (isNumeric(total) && isNumeric(part) && Number.isNaN(numberOf(part))) return part
      total = applyBinary('+', total, part, use.budget)
      use.budget.step()
    }
    return total
  },
  map,
  select: choosing('select', true, false),
  reject: choosing('reject', false, false),
  selectattr: choosing('selectattr', true, true),
  rejectattr: choosing('rejectattr', false, true),
}
