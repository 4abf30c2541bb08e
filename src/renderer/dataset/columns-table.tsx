import { Select } from '@mantine/core'
import { useState } from 'react'
import type { DatasetColumn, DatasetLayout } from '../../contract/dataset-inspection.ts'
import type { ColumnMapping } from '../../contract/engine.ts'
import { Icon } from '../components/icon.tsx'
import { datasetStrings } from '../strings/dataset.ts'
import { roleOf } from './column-roles.ts'

const words = datasetStrings.columns
const columnsShown = 12
const unused = '-'

export function ColumnsTable({
  columns,
  layout,
  mapping,
  locked,
  onRole,
}: {
  columns: readonly DatasetColumn[]
  layout: DatasetLayout | null
  mapping: ColumnMapping
  locked: boolean
  onRole: (column: string, role: string | null) => void
}) {
  const [all, setAll] = useState(false)
  // Columns in use first where not all are shown.
  const sorted =
    columns.length > columnsShown
      ? columns.toSorted(
          (a, b) => Number(roleOf(mapping, b.name) !== null) - Number(roleOf(mapping, a.name) !== null),
        )
      : columns
  const roles = [
    ...(layout?.roles ?? []).map(({ role }) => ({ value: role, label: words.roles[role] ?? role })),
    { value: unused, label: words.notUsed },
  ]
  return (
    <>
      <table className="list columns-table">
        <thead>
          <tr>
            <th>{words.inFile}</th>
            <th>{words.type}</th>
            <th>{words.first}</th>
            <th aria-hidden="true" />
            <th>{words.usedAs}</th>
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, all ? undefined : columnsShown).map(({ name, type, first }) => {
            const role = roleOf(mapping, name)
            return (
              <tr key={name}>
                <td className="mono clip" title={name}>
                  {name}
                </td>
                <td className="secondary">{type}</td>
                <td className="secondary clip" title={first}>
                  {first || '–'}
                </td>
                <td className="secondary" aria-hidden="true">
                  <Icon name="arrow" size={13} />
                </td>
                <td>
                  <Select
                    size="xs"
                    className={role === null ? 'not-used' : undefined}
                    aria-label={words.usedAsNamed(name)}
                    allowDeselect={false}
                    disabled={locked || layout === null}
                    value={role ?? unused}
                    data={roles}
                    onChange={(value) => onRole(name, value === unused ? null : value)}
                  />
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
      {!all && columns.length > columnsShown && (
        <button type="button" className="link accent" onClick={() => setAll(true)}>
          {words.showAll(columns.length)}
        </button>
      )}
    </>
  )
}
