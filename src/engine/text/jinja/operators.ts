import { codePoints, compareText } from './python-text.ts'
import type { RenderBudget } from './render-budget.ts'
import { TemplateError, unsupported } from './template-error.ts'
import {
  Dict,
  Float,
  hashKey,
  isEqual,
  isNumeric,
  itemsOf,
  numberOf,
  represent,
  Sequence,
  textOf,
  Tuple,
  typeName,
  Undefined,
  type Numeric,
  type Value,
} from './values.ts'

function wholeNumber(value: number): number {
  if (!Number.isSafeInteger(value)) throw unsupported('a whole number beyond 2^53')
  return value === 0 ? 0 : value
}

const mismatch = (operator: string, left: Value, right: Value): TemplateError =>
  left instanceof Undefined
    ? left.error()
    : right instanceof Undefined
      ? right.error()
      : new TemplateError(`${operator} between ${typeName(left)} and ${typeName(right)}`)

/** Python's binary operators, without its coercions of text, for it has none. */
export function applyBinary(operator: string, left: Value, right: Value, budget: RenderBudget): Value {
  if (isNumeric(left) && isNumeric(right)) return arithmetic(operator, left, right)
  if (operator === '+') {
    if (typeof left === 'string' && typeof right === 'string') {
      budget.characters(left.length + right.length)
      return left + right
    }
    if (Array.isArray(left) && Array.isArray(right)) {
      budget.step(left.length + right.length)
      return [...left, ...right]
    }
    if (left instanceof Tuple && right instanceof Tuple) {
      budget.step(left.items.length + right.items.length)
      return new Tuple([...left.items, ...right.items])
    }
  }
  if (operator === '*') {
    if (typeof right === 'number' || typeof right === 'boolean') return repeat(left, Number(right), budget)
    if (typeof left === 'number' || typeof left === 'boolean') return repeat(right, Number(left), budget)
  }
  if (operator === '%' && typeof left === 'string') return formatText(left, right, budget)
  throw mismatch(operator, left, right)
}

function arithmetic(operator: string, left: Numeric, right: Numeric): Value {
  const a = numberOf(left)
  const b = numberOf(right)
  const isFloat = left instanceof Float || right instanceof Float
  const made = (value: number): Value => (isFloat ? new Float(value) : wholeNumber(value))
  if (b === 0 && ['/', '//', '%'].includes(operator)) throw new TemplateError('division by zero')
  switch (operator) {
    case '+':
      return made(a + b)
    case '-':
      return made(a - b)
    case '*':
      return made(a * b)
    case '/':
      return new Float(a / b)
    case '//':
      return made(Math.floor(a / b))
    case '%': {
      const rest = a % b
      return made(rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest)
    }
    default: {
      if (a === 0 && b < 0) throw new TemplateError('0 to a negative power')
      const power = a ** b
      if (Number.isNaN(power)) throw unsupported('a complex number')
      return b < 0 ? new Float(power) : made(power)
    }
  }
}

function repeat(value: Value, times: number, budget: RenderBudget): Value {
  const count = Math.max(0, times)
  if (typeof value === 'string') {
    budget.characters(value.length * count)
    return value.repeat(count)
  }
  if (Array.isArray(value) || value instanceof Tuple) {
    const items = Array.isArray(value) ? value : value.items
    budget.step(items.length * count)
    const repeated = Array.from({ length: count }, () => items).flat() as Value[]
    return Array.isArray(value) ? repeated : new Tuple(repeated)
  }
  throw mismatch('*', value, times)
}

/** Python's `text % values` with %s, %r, %d, %i and %%; others are refused. */
export function formatText(format: string, right: Value, budget: RenderBudget): string {
  const values = right instanceof Tuple ? right.items : [right]
  let used = 0
  const text = format.replace(/%(?:%|(.?))/gs, (directive, letter?: string) => {
    if (directive === '%%') return '%'
    const value = values[used++]
    if (value === undefined) throw new TemplateError('too few values to format')
    if (letter === 's') return textOf(value)
    if (letter === 'r') return represent(value)
    if (letter === 'd' || letter === 'i') {
      if (!isNumeric(value)) throw mismatch('%d', format, value)
      return String(Math.trunc(numberOf(value)))
    }
    throw unsupported(`the format ${directive}`)
  })
  if (used < values.length && !(right instanceof Dict) && !Array.isArray(right))
    throw new TemplateError('too many values to format')
  budget.characters(text.length)
  return text
}

/** Python's comparisons, `in` and `not in`. */
export function applyComparison(operator: string, left: Value, right: Value, budget: RenderBudget): boolean {
  switch (operator) {
    case '==':
      return isEqual(left, right)
    case '!=':
      return !isEqual(left, right)
    case 'in':
      return isIn(left, right, budget)
    case 'not in':
      return !isIn(left, right, budget)
    default: {
      const order = compareValues(left, right, operator)
      if (Number.isNaN(order)) return false
      if (operator === '<') return order < 0
      if (operator === '<=') return order <= 0
      return operator === '>' ? order > 0 : order >= 0
    }
  }
}

/** Negative, zero or positive; NaN where a NaN is compared. Throws for types that have no order. */
export function compareValues(left: Value, right: Value, operator = '<'): number {
  if (isNumeric(left) && isNumeric(right)) {
    const a = numberOf(left)
    const b = numberOf(right)
    return a === b ? 0 : a - b
  }
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right)
  const a = Array.isArray(left) ? left : left instanceof Tuple ? left.items : undefined
  const b = Array.isArray(right) ? right : right instanceof Tuple ? right.items : undefined
  if (a && b && Array.isArray(left) === Array.isArray(right)) {
    for (let i = 0; i < a.length && i < b.length; i++) {
      if (!isEqual(a[i]!, b[i]!)) return compareValues(a[i]!, b[i]!, operator)
    }
    return a.length - b.length
  }
  throw mismatch(operator, left, right)
}

function isIn(item: Value, container: Value, budget: RenderBudget): boolean {
  if (typeof container === 'string') {
    if (typeof item !== 'string') throw mismatch('in', item, container)
    budget.step(1 + container.length / 64)
    return container.includes(item)
  }
  if (container instanceof Dict) {
    hashKey(item)
    return container.has(item)
  }
  const items = itemsOf(container)
  budget.step(items.length)
  return items.some((other) => isEqual(item, other))
}

/** `object[start:stop:step]` of text, a list, a tuple or a range. */
export function applySlice(object: Value, bounds: (Value | undefined)[], budget: RenderBudget): Value {
  const [start, stop, step] = bounds.map((bound) => {
    if (bound === undefined || bound === null) return undefined
    if (typeof bound !== 'number' && typeof bound !== 'boolean')
      throw bound instanceof Undefined ? bound.error() : new TemplateError('a slice needs whole numbers')
    return Number(bound)
  })
  const isRange = object instanceof Sequence && object.kind === 'range'
  const points = typeof object === 'string' ? codePoints(object) : undefined
  const all =
    points ??
    (Array.isArray(object)
      ? object
      : object instanceof Tuple
        ? object.items
        : isRange
          ? object.take()
          : undefined)
  if (all === undefined) {
    throw object instanceof Undefined
      ? object.error()
      : new TemplateError(`a ${typeName(object)} cannot be sliced`)
  }
  const picked = slicePoints(all.length, start, stop, step ?? 1)
  budget.step(1 + picked.count / 16)
  if (typeof points === 'string' && picked.step === 1)
    return points.slice(picked.from, picked.from + picked.count)
  const items = Array.from({ length: picked.count }, (_, i) => all[picked.from + i * picked.step]!)
  if (points !== undefined) return items.join('')
  if (Array.isArray(object)) return items
  return object instanceof Tuple ? new Tuple(items) : new Sequence('range', items)
}

function slicePoints(length: number, start: number | undefined, stop: number | undefined, step: number) {
  if (step === 0) throw new TemplateError('a slice cannot have step 0')
  const low = step > 0 ? 0 : -1
  const high = step > 0 ? length : length - 1
  const place = (bound: number | undefined, otherwise: number): number =>
    bound === undefined ? otherwise : bound < 0 ? Math.max(bound + length, low) : Math.min(bound, high)
  const from = place(start, step > 0 ? low : high)
  const to = place(stop, step > 0 ? high : low)
  return { from, step, count: Math.max(0, Math.ceil((to - from) / step)) }
}
