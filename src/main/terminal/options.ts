import type { z } from 'zod'
import { nearestName, UsageError } from './usage-error.ts'

/** One option of a command, by its official name where the official repository has it. */
export interface OptionSpec<Schema extends z.ZodType = z.ZodType> {
  schema: Schema
  /** Stands for the value in the help: `FOLDER`, `N`. Empty for a flag. */
  placeholder: string
  help: string
  /** Absent = the option is required; null = it may be left out. */
  default?: z.output<Schema> | null
  /** Said instead of the default in the help. */
  defaultText?: string
  /** Known from the official scripts and without meaning here: taken, named in a notice, not used. */
  meaningless?: string
}

export type OptionTable = Readonly<Record<string, OptionSpec>>
export type OptionValues<Table extends OptionTable> = {
  [Name in keyof Table]:
    | z.output<Table[Name]['schema']>
    | (Table[Name] extends { default: null } ? null : never)
}

/** Keeps each option's own type inside a table. */
export function option<Schema extends z.ZodType, const Rest extends Omit<OptionSpec<Schema>, 'schema'>>(
  schema: Schema,
  rest: Rest,
): { schema: Schema } & Rest {
  return { schema, ...rest }
}

export interface ParsedOptions<Table extends OptionTable> {
  values: OptionValues<Table>
  /** Options that were given and mean nothing here. */
  meaningless: string[]
}

/**
 * Splits `--name value`, `--name=value` (everything after the first `=`) and flags; `--output-dir` is `--output_dir`.
 * The values are still text. @throws UsageError for an unknown option, naming the nearest known one.
 */
export function splitArguments(
  argv: readonly string[],
  table: OptionTable,
  command: string,
): { given: Map<string, string>; positional: string[] } {
  const given = new Map<string, string>()
  const positional: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i]!
    if (!argument.startsWith('--')) {
      positional.push(argument)
      continue
    }
    const equals = argument.indexOf('=')
    const written = argument.slice(2, equals === -1 ? undefined : equals)
    const name = Object.hasOwn(table, written) ? written : written.replaceAll('-', '_')
    const spec = Object.hasOwn(table, name) ? table[name] : undefined
    if (!spec) throw unknownOption(written, table, command)
    if (given.has(name)) throw new UsageError(`--${name} is given twice. Give it once.`, command)
    if (equals !== -1) given.set(name, argument.slice(equals + 1))
    else if (spec.placeholder === '' && !isBoolean(argv[i + 1])) given.set(name, 'true')
    else {
      const value = argv[++i]
      if (value === undefined || value.startsWith('--')) {
        throw new UsageError(
          `--${name} needs a value: --${name} ${spec.placeholder || 'true|false'}.`,
          command,
        )
      }
      given.set(name, value)
    }
  }
  return { given, positional }
}

/** Parses raw values (text, or typed from YAML) against the table; fills in defaults. @throws UsageError */
export function parseOptions<Table extends OptionTable>(
  raw: ReadonlyMap<string, unknown>,
  table: Table,
  command: string,
  prefix = '--',
): ParsedOptions<Table> {
  const values: Record<string, unknown> = {}
  const meaningless: string[] = []
  for (const name of raw.keys()) {
    if (!Object.hasOwn(table, name)) throw unknownOption(name, table, command, prefix)
  }
  for (const [name, spec] of Object.entries(table)) {
    const value = raw.get(name)
    if (value === undefined || value === null) {
      if (spec.default === undefined && spec.meaningless === undefined) {
        throw new UsageError(`${prefix}${name} is required: ${spec.help}`, command)
      }
      values[name] = spec.default ?? null
      continue
    }
    if (spec.meaningless !== undefined) {
      meaningless.push(name)
      continue
    }
    const parsed = spec.schema.safeParse(value)
    if (!parsed.success) {
      const why = parsed.error.issues.map((issue) => issue.message).join('; ')
      throw new UsageError(`${prefix}${name}: ${why}, found ${JSON.stringify(value)}.`, command)
    }
    values[name] = parsed.data
  }
  return { values: values as OptionValues<Table>, meaningless }
}

/** A command line of options alone. @throws UsageError */
export function readOptions<Table extends OptionTable>(
  argv: readonly string[],
  table: Table,
  command: string,
): ParsedOptions<Table> & { given: ReadonlyMap<string, string> } {
  const { given, positional } = splitArguments(argv, table, command)
  if (positional.length > 0)
    throw new UsageError(`${positional[0]} stands alone; options are written --name value.`, command)
  return { given, ...parseOptions(given, table, command) }
}

function unknownOption(name: string, table: OptionTable, command: string, prefix = '--'): UsageError {
  const known = Object.keys(table)
  const nearest = nearestName(name.replaceAll('-', '_'), known)
  const hint = nearest
    ? `Did you mean ${prefix}${nearest}?`
    : `Known: ${known.filter((k) => table[k]!.meaningless === undefined).join(', ')}.`
  return new UsageError(`${prefix}${name} is not known to ${command}. ${hint}`, command)
}

function isBoolean(argument: string | undefined): boolean {
  return argument === 'true' || argument === 'false' || argument === 'True' || argument === 'False'
}
