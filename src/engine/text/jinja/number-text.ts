import { strip } from './python-text.ts'
import { unsupported } from './template-error.ts'

/** Python's `int(text)`; undefined where it raises. */
export function parseWhole(text: string): number | undefined {
  const digits = strip(text)
  if (!/^[-+]?\d+(?:_\d+)*$/.test(digits)) return undefined
  const value = Number(digits.replaceAll('_', ''))
  if (!Number.isSafeInteger(value)) throw unsupported('a whole number beyond 2^53')
  return value === 0 ? 0 : value
}

/** Python's `float(text)`; undefined where it raises. */
export function parseFloatText(text: string): number | undefined {
  const digits = strip(text)
  const special = /^([-+]?)(inf(?:inity)?|nan)$/i.exec(digits)
  if (special)
    return special[2]!.toLowerCase() === 'nan' ? Number.NaN : special[1] === '-' ? -Infinity : Infinity
  const number = /^[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[-+]?\d+(?:_\d+)*)?$/i
  return number.test(digits) ? Number(digits.replaceAll('_', '')) : undefined
}
