import { quoteText, textLength } from './python-text.ts'
import { TemplateError, unsupported } from './template-error.ts'

/**
 * Python's values as templates see them: None is null, an int a whole number, a list an array. A float is a class of
 * its own, because Python writes 1.0 where JavaScript writes 1.
 */
export type Value =
  | null
  | boolean
  | number
  | string
  | Value[]
  | Float
  | Tuple
  | Dict
  | Undefined
  | Callable
  | Namespace
  | Sequence

export class Float {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

export class Tuple {
  readonly items: readonly Value[]
  constructor(items: readonly Value[]) {
    this.items = items
  }
}

/** What a missing name, key or attribute gives: empty text, false, an empty list, and an error for all else. */
export class Undefined {
  readonly what: string
  constructor(what: string) {
    this.what = what
  }

  error(): TemplateError {
    return new TemplateError(`${this.what} is undefined`)
  }
}

export interface Call {
  positional: Value[]
  named: Map<string, Value>
}

export interface Attributes {
  get(name: string): Value | undefined
}

export class Callable {
  readonly name: string
  readonly call: (given: Call) => Value
  readonly attributes: Attributes
  constructor(name: string, call: (given: Call) => Value, attributes: Attributes = new Map()) {
    this.name = name
    this.call = call
    this.attributes = attributes
  }
}

export class Namespace {
  readonly attributes = new Map<string, Value>()
}

/** A generator, a dict's view or a range: iterated, seldom anything else. A generator gives its items only once. */
export class Sequence {
  readonly kind: 'generator' | 'view' | 'range'
  #items: Value[]
  constructor(kind: Sequence['kind'], items: Value[]) {
    this.kind = kind
    this.#items = items
  }

  take(): Value[] {
    const items = this.#items
    if (this.kind === 'generator') this.#items = []
    return items
  }

  get length(): number {
    if (this.kind === 'generator')
      throw new TemplateError('a generator has no length; use the filter list first')
    return this.#items.length
  }
}

/** A dict: insertion order, and keys that are equal in Python (1, 1.0 and True) are one. */
export class Dict {
  readonly #entries = new Map<string, [Value, Value]>()

  static of(entries: Iterable<readonly [Value, Value]>): Dict {
    const dict = new Dict()
    for (const [key, value] of entries) dict.set(key, value)
    return dict
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: Value): Value | undefined {
    return this.#entries.get(hashKey(key))?.[1]
  }

  set(key: Value, value: Value): void {
    const hash = hashKey(key)
    this.#entries.set(hash, [this.#entries.get(hash)?.[0] ?? key, value])
  }

  has(key: Value): boolean {
    return this.#entries.has(hashKey(key))
  }

  entries(): [Value, Value][] {
    return [...this.#entries.values()]
  }
}

/** Equal for keys that Python finds equal. Throws for what cannot be a key. */
export function hashKey(key: Value): string {
  if (typeof key === 'string') return `s${key}`
  if (key === null) return 'none'
  if (isNumeric(key)) return `n${numberOf(key)}`
  if (key instanceof Tuple) return `t${JSON.stringify(key.items.map(hashKey))}`
  if (key instanceof Undefined) return 'undefined'
  throw new TemplateError(`a ${typeName(key)} cannot be a key`)
}

export type Numeric = number | boolean | Float

export const isNumeric = (value: Value): value is Numeric =>
  typeof value === 'number' || typeof value === 'boolean' || value instanceof Float

export const numberOf = (value: Numeric): number => (value instanceof Float ? value.value : Number(value))

/** Python's name of the type, for messages. */
export function typeName(value: Value): string {
  if (value === null) return 'None'
  if (typeof value === 'string') return 'str'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return 'int'
  if (Array.isArray(value)) return 'list'
  return value instanceof Sequence ? value.kind : value.constructor.name.toLowerCase()
}

export function isTrue(value: Value): boolean {
  if (value === null || value instanceof Undefined) return false
  if (typeof value === 'string') return value !== ''
  if (isNumeric(value)) return numberOf(value) !== 0
  if (Array.isArray(value)) return value.length > 0
  if (value instanceof Tuple) return value.items.length > 0
  if (value instanceof Dict) return value.size > 0
  if (value instanceof Sequence) return value.kind === 'generator' || value.length > 0
  return true
}

/** What a `for` goes through. Throws for what Python cannot iterate. */
export function itemsOf(value: Value): readonly Value[] {
  if (typeof value === 'string') return [...value]
  if (Array.isArray(value)) return value
  if (value instanceof Tuple) return value.items
  if (value instanceof Dict) return value.entries().map(([key]) => key)
  if (value instanceof Sequence) return value.take()
  if (value instanceof Undefined) return []
  throw new TemplateError(`a value of type ${typeName(value)} cannot be iterated`)
}

export function lengthOf(value: Value): number {
  if (typeof value === 'string') return textLength(value)
  if (Array.isArray(value)) return value.length
  if (value instanceof Tuple) return value.items.length
  if (value instanceof Dict) return value.size
  if (value instanceof Sequence) return value.length
  if (value instanceof Undefined) return 0
  throw new TemplateError(`a value of type ${typeName(value)} has no length`)
}

/** `str(value)`. */
export function textOf(value: Value): string {
  if (typeof value === 'string') return value
  if (value instanceof Undefined) return ''
  return represent(value)
}

/** `repr(value)`. */
export function represent(value: Value, depth = 0): string {
  if (depth > 100) throw new TemplateError('a value nests too deep to be written')
  const inner = (item: Value): string => represent(item, depth + 1)
  if (value === null) return 'None'
  if (typeof value === 'string') return quoteText(value)
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return String(value)
  if (value instanceof Float) return writeFloat(value.value)
  if (Array.isArray(value)) return `[${value.map(inner).join(', ')}]`
  if (value instanceof Tuple)
    return `(${value.items.map(inner).join(', ')}${value.items.length === 1 ? ',' : ''})`
  if (value instanceof Dict)
    return `{${value
      .entries()
      .map(([key, item]) => `${inner(key)}: ${inner(item)}`)
      .join(', ')}}`
  if (value instanceof Undefined) return 'Undefined'
  // Python would write an address in memory.
  throw unsupported(`writing a ${typeName(value)} as text`)
}

/** `repr` of a float: the same shortest digits as JavaScript's, other rules for the exponent. */
function writeFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Object.is(value, -0)) return '-0.0'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits, exponent = '0'] = value.toExponential().split('e')
    return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`
  }
  const plain = value.toString()
  if (plain.includes('e')) return value.toFixed(1 - Math.floor(Math.log10(size)) + 17).replace(/0+$/, '')
  return plain.includes('.') ? plain : `${plain}.0`
}

/** `a == b`. */
export function isEqual(a: Value, b: Value, depth = 0): boolean {
  if (depth > 100) throw new TemplateError('values nest too deep to be compared')
  if (isNumeric(a) && isNumeric(b)) return numberOf(a) === numberOf(b)
  if (Array.isArray(a) && Array.isArray(b)) return sameItems(a, b, depth)
  if (a instanceof Tuple && b instanceof Tuple) return sameItems(a.items, b.items, depth)
  if (a instanceof Dict && b instanceof Dict) {
    return (
      a.size === b.size &&
      a.entries().every(([key, value]) => {
        const other = b.get(key)
        return other !== undefined && isEqual(value, other, depth + 1)
      })
    )
  }
  if (a instanceof Sequence && b instanceof Sequence && a !== b) throw unsupported(`comparing a ${a.kind}`)
  return a === b || (a instanceof Undefined && b instanceof Undefined)
}

function sameItems(a: readonly Value[], b: readonly Value[], depth: number): boolean {
  return a.length === b.length && a.every((item, i) => isEqual(item, b[i]!, depth + 1))
}
