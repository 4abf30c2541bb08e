import type { DatasetColumn, DatasetLayout } from '../../contract/dataset-inspection.ts'
import type { ColumnMapping } from '../../contract/engine.ts'

/** What a column is used as; null = not used. */
export function roleOf(mapping: ColumnMapping, column: string): string | null {
  return Object.entries(mapping.columns).find(([, name]) => name === column)?.[0] ?? null
}

/** A column has one role, a role one column: the column that had it before is no longer used. */
export function withRole(mapping: ColumnMapping, column: string, role: string | null): ColumnMapping {
  const others = Object.entries(mapping.columns).filter(([key, name]) => name !== column && key !== role)
  return { ...mapping, columns: Object.fromEntries(role === null ? others : [...others, [role, column]]) }
}

/** Another layout: roles of the same name stay, others take a column that is called like them. */
export function withFormat(
  { format, roles }: DatasetLayout,
  columns: readonly DatasetColumn[],
  before: ColumnMapping,
): ColumnMapping {
  const taken = new Map<string, string>()
  for (const { role } of roles) {
    const kept = before.columns[role]
    const named = columns.find(({ name }) => name.toLowerCase() === role)?.name
    const column = kept ?? named
    if (column !== undefined && ![...taken.values()].includes(column)) taken.set(role, column)
  }
  return { format, columns: Object.fromEntries(taken) }
}

export function missingRoles(mapping: ColumnMapping, { roles }: DatasetLayout): string[] {
  return roles.filter(({ role, required }) => required && !mapping.columns[role]).map(({ role }) => role)
}
