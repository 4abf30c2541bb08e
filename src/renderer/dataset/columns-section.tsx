import { Select } from '@mantine/core'
import { useState } from 'react'
import type { DatasetChoice } from '../../contract/app.ts'
import type { DatasetInspection, DatasetLayout } from '../../contract/dataset-inspection.ts'
import type { ColumnMapping } from '../../contract/engine.ts'
import { Section, Strip } from '../components/sections.tsx'
import { datasetStrings } from '../strings/dataset.ts'
import { ColumnsTable } from './columns-table.tsx'
import { missingRoles, withFormat, withRole } from './column-roles.ts'

const words = datasetStrings.columns
const nothingMapped: ColumnMapping = { format: 'prompt-response', columns: {} }

/** Which column is used as what. A mapping that is complete is read at once; one that is not waits here. */
export function ColumnsSection({
  choice,
  inspection,
  locked,
  onChoose,
}: {
  choice: DatasetChoice
  inspection: DatasetInspection
  locked: boolean
  onChoose: (choice: DatasetChoice) => void
}) {
  const [unfinished, setUnfinished] = useState<ColumnMapping | null>(null)
  const file = inspection.files.find(({ columns }) => columns.length > 0)
  const mapping = unfinished ?? choice.mapping ?? file?.detected ?? nothingMapped
  const layout = inspection.layouts.find(({ format }) => format === mapping.format)
  const missing = layout ? missingRoles(mapping, layout) : []

  function change(next: ColumnMapping, of: DatasetLayout | undefined): void {
    if (of && missingRoles(next, of).length === 0) onChoose({ ...choice, mapping: next, keepRejected: false })
    else setUnfinished(next)
  }

  return (
    <Section
      title={words.title}
      hint={missing.length > 0 ? words.open : mapping === file?.detected ? words.automatic : words.chosen}
      actions={
        <div className="row">
          {(choice.mapping || unfinished) && !locked && (
            <button
              type="button"
              className="link accent"
              onClick={() => (choice.mapping ? onChoose({ ...choice, mapping: null }) : setUnfinished(null))}
            >
              {words.reset}
            </button>
          )}
          <Select
            size="xs"
            w={200}
            aria-label={words.layout}
            allowDeselect={false}
            disabled={locked}
            value={mapping.format}
            data={inspection.layouts.map(({ format }) => ({
              value: format,
              label: datasetStrings.formats[format],
            }))}
            onChange={(format) => {
              const next = inspection.layouts.find((one) => one.format === format)
              if (next) change(withFormat(next, file?.columns ?? [], mapping), next)
            }}
          />
        </div>
      }
    >
      {missing.length > 0 && (
        <Strip kind="warning">
          {words.missing(missing.map((role) => words.roles[role] ?? role).join(', '))}
        </Strip>
      )}
      <ColumnsTable
        columns={file?.columns ?? []}
        layout={layout ?? null}
        mapping={mapping}
        locked={locked}
        onRole={(column, role) => change(withRole(mapping, column, role), layout)}
      />
    </Section>
  )
}
