import type { ColumnMapping } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { checkRole, columnRoles, detectionOrder, knownLayouts, missingRoles } from './mapping.ts'
import type { DatasetFormat } from './mapping.ts'

export type SourceRecord = Readonly<Record<string, unknown>>

/**
 * Finds the layout of a source by its column names and a few of its rows; null where no layout is known.
 * The rows decide where names do not: `chosen` as plain text is only usable beside a prompt.
 */
export function detectMapping(
  columns: readonly string[],
  sample: readonly SourceRecord[],
): ColumnMapping | null {
  for (const format of detectionOrder) {
    const mapping = mappingFor(format, columns)
    if (mapping !== null && fits(mapping, sample)) return mapping
  }
  return null
}

function mappingFor(format: DatasetFormat, columns: readonly string[]): ColumnMapping | null {
  const byLowerCase = new Map(columns.map((c) => [c.toLowerCase(), c]))
  const found: Record<string, string> = {}
  for (const { role, names, required } of columnRoles[format]) {
    const name = names.find((n) => byLowerCase.has(n))
    const column = name === undefined ? undefined : byLowerCase.get(name)
    if (column === undefined) {
      if (required) return null
    } else {
      found[role] = column
    }
  }
  const check = byLowerCase.get(checkRole)
  if (check !== undefined) found[checkRole] = check
  return { format, columns: found }
}

function fits(mapping: ColumnMapping, sample: readonly SourceRecord[]): boolean {
  const kinds = (role: string) =>
    new Set(
      sample
        .map((row) => row[mapping.columns[role] ?? ''])
        .filter((v) => v !== null && v !== undefined)
        .map(kindOf),
    )
  switch (mapping.format) {
    case 'chosen-rejected':
      return mapping.columns['prompt'] !== undefined || kinds('chosen').has('list')
    case 'real-generated':
      return kinds('real').has('list') || kinds('real').size === 0
    default:
      return true
  }
}

function kindOf(value: unknown): 'list' | 'other' {
  // A list of messages often travels as JSON text through CSV.
  return Array.isArray(value) || (typeof value === 'string' && value.trimStart().startsWith('['))
    ? 'list'
    : 'other'
}

/** The mapping to use for one file: the given one, checked against its columns, or the detected one. */
export function chooseMapping(
  given: ColumnMapping | null,
  path: string,
  columns: readonly string[],
  sample: readonly SourceRecord[],
): ColumnMapping {
  const mapping = given ?? detectMapping(columns, sample)
  const shown = columns.length === 0 ? 'no columns at all' : columns.slice(0, 40).join(', ')
  if (mapping === null) {
    throw new AppError(
      'DATASET_UNMAPPED',
      `Expected one of these column layouts in ${path}: ${knownLayouts()}. Found: ${shown}. ` +
        'Rename the columns or give a mapping that says which column holds the prompt and which the answer.',
      { path, columns: columns.slice(0, 40) },
    )
  }
  const missing = missingRoles(mapping, columns)
  if (missing.length > 0) {
    throw new AppError(
      'DATASET_UNMAPPED',
      `Expected the column(s) ${missing.join(', ')} for the layout "${mapping.format}" in ${path}, found: ${shown}. ` +
        'Correct the mapping or the file.',
      { path, columns: columns.slice(0, 40), missing },
    )
  }
  return mapping
}
