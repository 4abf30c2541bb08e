import { Bound } from './arguments.ts'
import { codePoints } from './python-text.ts'
import type { RenderBudget } from './render-budget.ts'
import { TemplateError, unsupported } from './template-error.ts'
import { otherTextMethods, textMethods } from './text-methods.ts'
import {
  Callable,
  Dict,
  Float,
  isEqual,
  isNumeric,
  Namespace,
  numberOf,
  Sequence,
  Tuple,
  typeName,
  Undefined,
  type Call,
  type Value,
} from './values.ts'

type DictMethod = (dict: Dict, given: Call) => Value

const dictMethods: Record<string, DictMethod> = {
  get: (dict, given) => {
    const bound = new Bound('get', given, ['key', 'default'], 2)
    return dict.get(bound.required('key')) ?? bound.optional('default') ?? null
  },
  items: (dict) =>
    new Sequence(
      'view',
      dict.entries().map((pair) => new Tuple(pair)),
    ),
  keys: (dict) =>
    new Sequence(
      'view',
      dict.entries().map(([key]) => key),
    ),
  values: (dict) =>
    new Sequence(
      'view',
      dict.entries().map(([, value]) => value),
    ),
  copy: (dict) => Dict.of(dict.entries()),
}

/** Methods that accept arguments by name in Python 3.11. */
const namedArguments = new Set(['split', 'rsplit', 'splitlines'])

function refuseNamed(method: string, given: Call): void {
  if (given.named.size > 0 && !namedArguments.has(method))
    throw new TemplateError(`${method}() takes no arguments by name`)
}

/** The sandbox of transformers hides what would change a value: such a name is undefined, as a missing one is. */
const otherMethods = {
  list: new Set(['copy']),
  tuple: new Set<string>(),
  number: new Set(
    (
      'as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag numerator real to_bytes ' +
      'fromhex hex is_integer'
    ).split(' '),
  ),
}

/** `object.name`: an attribute, or else a key of that name (jinja2's `getattr`). */
export function attributeOf(object: Value, name: string, budget: RenderBudget): Value {
  if (object instanceof Undefined) throw object.error()
  const own = ownAttribute(object, name, budget)
  if (own !== undefined) return own
  const found = object instanceof Dict ? object.get(name) : undefined
  return found ?? new Undefined(`${typeName(object)} attribute ${name}`)
}

/** `object[key]`: an item, or else an attribute of that name (jinja2's `getitem`). */
export function itemOf(object: Value, key: Value, budget: RenderBudget): Value {
  if (object instanceof Undefined) throw object.error()
  if (object instanceof Dict && !Array.isArray(key) && !(key instanceof Dict)) {
    const found = object.get(key)
    if (found !== undefined) return found
  } else if (typeof key === 'number' || typeof key === 'boolean') {
    const found = itemAt(object, Number(key))
    if (found !== undefined) return found
  }
  const attribute = typeof key === 'string' ? ownAttribute(object, key, budget) : undefined
  return attribute ?? new Undefined(`${typeName(object)} item`)
}

function itemAt(object: Value, index: number): Value | undefined {
  const items =
    typeof object === 'string'
      ? codePoints(object)
      : Array.isArray(object)
        ? object
        : object instanceof Tuple
          ? object.items
          : object instanceof Sequence && object.kind === 'range'
            ? object.take()
            : []
  return items[index < 0 ? index + items.length : index]
}

function ownAttribute(object: Value, name: string, budget: RenderBudget): Value | undefined {
  if (name.startsWith('_')) return undefined
  if (object instanceof Namespace) return object.attributes.get(name)
  if (object instanceof Callable) return object.attributes.get(name)
  if (typeof object === 'string') {
    const method = textMethods[name]
    if (method && Object.hasOwn(textMethods, name)) {
      return new Callable(name, (given) => {
        refuseNamed(name, given)
        budget.step(1 + object.length / 64)
        budget.characters(object.length)
        return method(object, given, budget)
      })
    }
    if (otherTextMethods.has(name)) throw unsupported(`the text method ${name}`)
  }
  if (object instanceof Dict && Object.hasOwn(dictMethods, name)) {
    const method = dictMethods[name]!
    return new Callable(name, (given) => {
      refuseNamed(name, given)
      budget.step(1 + object.size)
      return method(object, given)
    })
  }
  if (object instanceof Dict && name === 'fromkeys') throw unsupported('dict.fromkeys')
  if (Array.isArray(object) || object instanceof Tuple) return listMethod(object, name, budget)
  if (isNumeric(object) && otherMethods.number.has(name)) {
    if (name === 'is_integer' && object instanceof Float)
      return new Callable(name, () => Number.isInteger(numberOf(object)))
    throw unsupported(`the number attribute ${name}`)
  }
  return undefined
}

function listMethod(list: Value[] | Tuple, name: string, budget: RenderBudget): Value | undefined {
  const items = Array.isArray(list) ? list : list.items
  if (name !== 'index' && name !== 'count') {
    if (Array.isArray(list) && otherMethods.list.has(name)) return new Callable(name, () => [...items])
    return undefined
  }
  return new Callable(name, (given) => {
    const wanted = new Bound(name, given, ['value']).required('value')
    budget.step(items.length)
    if (name === 'count') return items.filter((item) => isEqual(item, wanted)).length
    const at = items.findIndex((item) => isEqual(item, wanted))
    if (at < 0) throw new TemplateError('index: the value is not in the list')
    return at
  })
}
