import { parse as parseYaml } from 'yaml'
import { z } from 'zod'

/**
 * Kinds of option values. Each takes what a command line has (text) and what a YAML file has (typed values), so that
 * `--beta=0.3` and `beta: 0.3` are the same number. The official parser left some of them text.
 */
export const text = () => z.union([z.string(), z.number().transform(String)], 'expected text')

export const number = () =>
  z
    .union(
      [z.number(), z.string().transform((value) => (value.trim() === '' ? Number.NaN : Number(value)))],
      'expected a number',
    )
    .refine(Number.isFinite, { error: 'expected a number', abort: true })

export const integer = (least = Number.MIN_SAFE_INTEGER) =>
  number()
    .refine(Number.isSafeInteger, { error: 'expected a whole number', abort: true })
    .refine((value) => value >= least, `expected ${least} or more`)

export const flag = () =>
  z
    .union([z.boolean(), z.string()], 'expected true or false')
    .transform((value) => (typeof value === 'boolean' ? value : booleans.get(value.toLowerCase())))
    .refine((value): value is boolean => value !== undefined, 'expected true or false')

export const choice = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `expected one of ${values.join(', ')}`)

/** A YAML value: a list or a mapping on the command line is written in YAML's or JSON's inline form. */
export const yamlValue = () =>
  z.unknown().transform((value, context) => {
    if (typeof value !== 'string') return value
    try {
      return parseYaml(value) as unknown
    } catch {
      context.addIssue({ code: 'custom', message: 'expected a YAML or JSON value' })
      return z.NEVER
    }
  })

const booleans = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
])
