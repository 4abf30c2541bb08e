import { Bound } from './arguments.ts'
import { applyComparison } from './operators.ts'
import type { RenderBudget } from './render-budget.ts'
import { TemplateError, unsupported } from './template-error.ts'
import {
  Callable,
  Dict,
  Float,
  isNumeric,
  Namespace,
  numberOf,
  Sequence,
  textOf,
  Tuple,
  typeName,
  Undefined,
  type Call,
  type Value,
} from './values.ts'

type TestRule = (value: Value, given: Call, budget: RenderBudget) => boolean

const comparing =
  (operator: string): TestRule =>
  (value, given, budget) =>
    applyComparison(operator, value, new Bound(operator, given, ['other']).required('other'), budget)

const isIndexed = (value: Value): boolean =>
  typeof value === 'string' ||
  Array.isArray(value) ||
  value instanceof Tuple ||
  value instanceof Dict ||
  // Python finds both of the methods it looks for in an Undefined.
  value instanceof Undefined ||
  (value instanceof Sequence && value.kind === 'range')

const remainder = (name: string, value: Value, by: number): number => {
  if (value instanceof Undefined) throw value.error()
  if (!isNumeric(value)) throw new TemplateError(`${name}: expected a number, found ${typeName(value)}`)
  return ((numberOf(value) % by) + by) % by
}

const cased = (pattern: RegExp, other: RegExp) => (value: Value) => {
  const text = textOf(value)
  return pattern.test(text) && !other.test(text)
}

const rules: Record<string, TestRule> = {
  defined: (value) => !(value instanceof Undefined),
  undefined: (value) => value instanceof Undefined,
  none: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  true: (value) => value === true,
  false: (value) => value === false,
  integer: (value) => typeof value === 'number',
  float: (value) => value instanceof Float,
  number: isNumeric,
  string: (value) => typeof value === 'string',
  mapping: (value) => value instanceof Dict,
  sequence: isIndexed,
  iterable: (value) => isIndexed(value) || value instanceof Sequence,
  callable: (value) => value instanceof Callable || value instanceof Undefined,
  odd: (value) => remainder('odd', value, 2) === 1,
  even: (value) => remainder('even', value, 2) === 0,
  divisibleby: (value, given) => {
    const by = new Bound('divisibleby', given, ['num']).whole('num', 0)
    if (by === 0) throw new TemplateError('divisibleby: division by zero')
    return remainder('divisibleby', value, by) === 0
  },
  lower: cased(/\p{Lowercase}/u, /[\p{Uppercase}\p{Lt}]/u),
  upper: cased(/\p{Uppercase}/u, /[\p{Lowercase}\p{Lt}]/u),
  escaped: () => false,
  sameas: (value, given) => {
    const other = new Bound('sameas', given, ['other']).required('other')
    const simple = (each: Value): boolean =>
      each === null || typeof each === 'boolean' || each instanceof Namespace
    if (simple(value) || simple(other) || value !== other) return value === other
    throw unsupported(`the test sameas of two ${typeName(value)}s`)
  },
  in: comparing('in'),
}
const names: Record<string, string[]> = {
  '==': ['==', 'eq', 'equalto'],
  '!=': ['!=', 'ne'],
  '>': ['>', 'gt', 'greaterthan'],
  '>=': ['>=', 'ge'],
  '<': ['<', 'lt', 'lessthan'],
  '<=': ['<=', 'le'],
}
for (const [operator, all] of Object.entries(names)) for (const name of all) rules[name] = comparing(operator)

/** jinja2's built-in tests (`x is name`). Throws TemplateError for unknown ones, by name. */
export function applyTest(name: string, value: Value, given: Call, budget: RenderBudget): boolean {
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
  if (!rule) throw unsupported(`the test ${name}`)
  budget.step()
  return rule(value, given, budget)
}
