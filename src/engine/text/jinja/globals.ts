import { Bound } from './arguments.ts'
import type { RenderBudget } from './render-budget.ts'
import { TemplateError, unsupported } from './template-error.ts'
import {
  Callable,
  Dict,
  Float,
  itemsOf,
  Namespace,
  Sequence,
  textOf,
  typeName,
  type Call,
  type Value,
} from './values.ts'

/** The sandbox's own limit (jinja2/sandbox.py, MAX_RANGE). */
const maxRange = 100_000

function range(given: Call, budget: RenderBudget): Value {
  if (given.named.size > 0) throw new TemplateError('range() takes no arguments by name')
  const numbers = given.positional.map((value) => {
    if (typeof value !== 'number' && typeof value !== 'boolean')
      throw new TemplateError(`range: expected a whole number, found ${typeName(value)}`)
    return Number(value)
  })
  const [first, second, step = 1] = numbers
  if (first === undefined || numbers.length > 3)
    throw new TemplateError('range: expected one to three numbers')
  if (step === 0) throw new TemplateError('range: the step must not be zero')
  const start = second === undefined ? 0 : first
  const stop = second ?? first
  const count = Math.max(0, Math.ceil((stop - start) / step))
  if (count > maxRange) throw new TemplateError(`range: at most ${maxRange} numbers, asked for ${count}`)
  budget.step(count)
  return new Sequence(
    'range',
    Array.from({ length: count }, (_, i) => start + i * step),
  )
}

/** `dict(…)`, which also fills a namespace. */
function makeDict(name: string, given: Call): Dict {
  const dict = new Dict()
  const [source, ...more] = given.positional
  if (more.length > 0) throw new TemplateError(`${name}: expected at most one argument`)
  if (source instanceof Dict) for (const [key, value] of source.entries()) dict.set(key, value)
  else if (source !== undefined) {
    for (const pair of itemsOf(source)) {
      const [key, value, ...rest] = itemsOf(pair)
      if (key === undefined || value === undefined || rest.length > 0)
        throw new TemplateError(`${name}: expected pairs of key and value`)
      dict.set(key, value)
    }
  }
  for (const [key, value] of given.named) dict.set(key, value)
  return dict
}

/** transformers refuses attributes that begin with an underscore. */
export function setMember(namespace: Value, attribute: string, value: Value): void {
  if (!(namespace instanceof Namespace))
    throw new TemplateError('cannot assign an attribute of what is no namespace')
  if (attribute.startsWith('_')) throw new TemplateError(`a namespace cannot have the attribute ${attribute}`)
  namespace.attributes.set(attribute, value)
}

const absent = ['lipsum', 'cycler', 'joiner', 'self']

/** The functions every template sees. `strftimeNow`: transformers' `strftime_now`. */
export function templateGlobals(
  budget: RenderBudget,
  strftimeNow: (format: string) => string,
): Map<string, Value | TemplateError> {
  const functions: Record<string, (given: Call) => Value> = {
    range: (given) => range(given, budget),
    dict: (given) => makeDict('dict', given),
    namespace: (given) => {
      const namespace = new Namespace()
      for (const [key, value] of makeDict('namespace', given).entries())
        setMember(namespace, textOf(key), value)
      return namespace
    },
    raise_exception: (given) => {
      throw new TemplateError(textOf(new Bound('raise_exception', given, ['message']).required('message')))
    },
    strftime_now: (given) => strftimeNow(new Bound('strftime_now', given, ['format']).text('format')),
  }
  const globals = new Map<string, Value | TemplateError>()
  for (const [name, call] of Object.entries(functions)) globals.set(name, new Callable(name, call))
  for (const name of absent) globals.set(name, unsupported(name))
  return globals
}

/** JSON-like data as a template sees it. */
export function templateValue(data: unknown): Value {
  if (data === null || typeof data === 'string' || typeof data === 'boolean') return data
  if (typeof data === 'number') return Number.isInteger(data) ? data : new Float(data)
  if (Array.isArray(data)) return data.map(templateValue)
  if (typeof data === 'object')
    return Dict.of(Object.entries(data).map(([key, value]) => [key, templateValue(value)] as const))
  throw new TemplateError(`a template cannot see a ${typeof data}`)
}
