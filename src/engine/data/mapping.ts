import type { ColumnMapping } from '../../contract/engine.ts'

export type DatasetFormat = ColumnMapping['format']

/** One role of a format: the column names it is known under, best first, and whether a row needs it. */
export interface ColumnRole {
  role: string
  names: readonly string[]
  required: boolean
}

const system: ColumnRole = { role: 'system', names: ['system', 'system_prompt'], required: false }

/**
 * Formats in the order in which they are looked for: the more specific one first, since e.g. UltraChat has a `prompt`
 * column beside `messages`, and Alpaca has an `input` that is not a prompt.
 * In `ColumnMapping.columns` the key is the role named here; every format may also have `check`.
 */
export const columnRoles: Record<DatasetFormat, readonly ColumnRole[]> = {
  'real-generated': [
    { role: 'real', names: ['real'], required: true },
    { role: 'generated', names: ['generated'], required: false },
  ],
  'chosen-rejected': [
    { role: 'chosen', names: ['chosen'], required: true },
    { role: 'rejected', names: ['rejected'], required: false },
    { role: 'prompt', names: ['prompt', 'question', 'instruction', 'query', 'input'], required: false },
    system,
  ],
  messages: [{ role: 'messages', names: ['messages'], required: true }],
  conversations: [
    { role: 'conversations', names: ['conversations', 'conversation'], required: true },
    system,
  ],
  instruction: [
    { role: 'instruction', names: ['instruction'], required: true },
    { role: 'input', names: ['input', 'context'], required: false },
    { role: 'output', names: ['output', 'response', 'completion', 'answer'], required: true },
    system,
  ],
  'prompt-response': [
    { role: 'prompt', names: ['prompt', 'question', 'query', 'input'], required: true },
    { role: 'response', names: ['response', 'completion', 'answer', 'output'], required: true },
    system,
  ],
}

export const detectionOrder: readonly DatasetFormat[] = [
  'real-generated',
  'chosen-rejected',
  'messages',
  'conversations',
  'instruction',
  'prompt-response',
]

export const checkRole = 'check'

/** The source columns that rows of this mapping are made of, without repeats. */
export function mappedColumns(mapping: ColumnMapping): string[] {
  return [...new Set(Object.values(mapping.columns))]
}

/** Roles that the format needs and the mapping or the source lacks, as `role (column)`. */
export function missingRoles(mapping: ColumnMapping, columns: readonly string[]): string[] {
  const present = new Set(columns)
  return columnRoles[mapping.format]
    .filter((r) => r.required)
    .flatMap((r) => {
      const column = mapping.columns[r.role]
      if (column === undefined) return [r.role]
      return present.has(column) ? [] : [column === r.role ? column : `${column} (as ${r.role})`]
    })
}

export function knownLayouts(): string {
  return detectionOrder
    .map((format) =>
      columnRoles[format]
        .filter((r) => r.required)
        .map((r) => r.names.join('|'))
        .join(' + '),
    )
    .join('; ')
}
