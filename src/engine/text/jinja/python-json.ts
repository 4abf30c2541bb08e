import { compareText } from './python-text.ts'
import { TemplateError } from './template-error.ts'
import { Dict, type Float, isNumeric, represent, Tuple, typeName, Undefined, type Value } from './values.ts'

export interface JsonStyle {
  ensureAscii: boolean
  /** Spaces, or the text to indent by; null for one line. */
  indent: number | string | null
  separators?: [string, string]
  sortKeys: boolean
}

/** Python's `json.dumps`, which transformers' `tojson` is. */
export function writeJson(value: Value, style: JsonStyle): string {
  const indent = typeof style.indent === 'number' ? ' '.repeat(Math.max(0, style.indent)) : style.indent
  const [between, afterKey] = style.separators ?? [indent === null ? ', ' : ',', ': ']

  const text = (content: string): string => {
    const quoted = JSON.stringify(content)
    if (!style.ensureAscii) return quoted
    return quoted.replace(
      /[\x7f-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
  }

  const enclose = (open: string, items: string[], close: string, depth: number): string => {
    if (items.length === 0) return open + close
    if (indent === null) return open + items.join(between) + close
    const margin = `\n${indent.repeat(depth + 1)}`
    return open + margin + items.join(between + margin) + `\n${indent.repeat(depth)}` + close
  }

  const write = (item: Value, depth: number): string => {
    if (depth > 100) throw new TemplateError('tojson: the value nests too deep')
    if (item === null) return 'null'
    if (typeof item === 'string') return text(item)
    if (typeof item === 'boolean') return String(item)
    if (isNumeric(item)) return writeNumber(item)
    if (Array.isArray(item) || item instanceof Tuple) {
      const items = Array.isArray(item) ? item : item.items
      return enclose(
        '[',
        items.map((each) => write(each, depth + 1)),
        ']',
        depth,
      )
    }
    if (item instanceof Dict) {
      const entries = item.entries()
      if (style.sortKeys) entries.sort(([a], [b]) => compareKeys(a, b))
      const pairs = entries.map(([key, each]) => text(keyText(key)) + afterKey + write(each, depth + 1))
      return enclose('{', pairs, '}', depth)
    }
    throw new TemplateError(
      `tojson: ${item instanceof Undefined ? item.what : `a ${typeName(item)}`} is not JSON`,
    )
  }
  return write(value, 0)
}

function writeNumber(value: number | Float): string {
  const written = represent(value)
  return { nan: 'NaN', inf: 'Infinity', '-inf': '-Infinity' }[written] ?? written
}

function keyText(key: Value): string {
  if (typeof key === 'string') return key
  if (key === null) return 'null'
  if (typeof key === 'boolean') return String(key)
  if (isNumeric(key)) return writeNumber(key)
  throw new TemplateError(`tojson: a ${typeName(key)} cannot be a key`)
}

function compareKeys(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (typeof a === 'number' && typeof b === 'number') return a - b
  throw new TemplateError('tojson: keys of different types cannot be sorted')
}
