import { ActionIcon, SegmentedControl } from '@mantine/core'
import { useState } from 'react'
import type { DatasetRowView } from '../../contract/dataset-inspection.ts'
import { Icon } from '../components/icon.tsx'
import { whole } from '../components/numbers.ts'
import { Strip } from '../components/sections.tsx'
import { datasetStrings } from '../strings/dataset.ts'
import { useCall } from '../use-main.ts'
import { useProject } from '../use-project.tsx'
import { ConversationView } from './conversation-view.tsx'
import { TemplateView, TokensView } from './rendered-views.tsx'

const words = datasetStrings.preview
const views = ['conversation', 'template', 'tokens'] as const
type View = (typeof views)[number]
type Split = 'train' | 'test'

/** One row as the model sees it. */
export function PreviewPane() {
  const { draft } = useProject()
  const [split, setSplit] = useState<Split>('train')
  const [rows, setRows] = useState<Record<Split, number>>({ train: 0, test: 0 })
  if (!draft.data) {
    return (
      <>
        <header className="preview-head">
          <h2>{words.title}</h2>
        </header>
        <p className="section secondary">{words.none}</p>
      </>
    )
  }
  const shown = draft.data.trainRows === 0 ? 'test' : split
  return (
    <RowPreview
      split={shown}
      row={rows[shown]}
      rows={shown === 'train' ? draft.data.trainRows : draft.data.testRows}
      onRow={(row) => setRows({ ...rows, [shown]: row })}
      onSplit={draft.data.trainRows > 0 && draft.data.testRows > 0 ? setSplit : null}
    />
  )
}

function RowPreview({
  split,
  row,
  rows,
  onRow,
  onSplit,
}: {
  split: Split
  row: number
  rows: number
  onRow: (row: number) => void
  onSplit: ((split: Split) => void) | null
}) {
  const { id: projectId } = useProject()
  const [view, setView] = useState<View>('conversation')
  const { value, problem } = useCall('datasetRow', { projectId, split, row })
  const step = (by: number) => onRow(Math.min(rows - 1, Math.max(0, row + by)))
  return (
    <div
      className="preview"
      onKeyDown={(event) => {
        if (event.target instanceof HTMLInputElement) return
        if (event.key === 'j') step(1)
        if (event.key === 'k') step(-1)
      }}
    >
      <header className="preview-head">
        <h2>
          {words.title}{' '}
          <span className="hint number" title={value?.id}>
            {words.row(whole(row + 1))} {words.of(whole(rows))}
          </span>
        </h2>
        <div className="row">
          {onSplit && (
            <SegmentedControl
              size="xs"
              aria-label={words.set}
              value={split}
              data={(['train', 'test'] as const).map((set) => ({ value: set, label: words.sets[set] }))}
              onChange={(set) => onSplit(set)}
            />
          )}
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={words.previous}
            title={`${words.previous} (K)`}
            disabled={row === 0}
            onClick={() => step(-1)}
          >
            <Icon name="left" />
          </ActionIcon>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={words.next}
            title={`${words.next} (J)`}
            disabled={row >= rows - 1}
            onClick={() => step(1)}
          >
            <Icon name="right" />
          </ActionIcon>
        </div>
      </header>
      <div className="preview-body">
        <SegmentedControl
          size="xs"
          aria-label={words.view}
          value={view}
          data={views.map((one) => ({ value: one, label: words.views[one] }))}
          onChange={(one) => setView(one)}
        />
        {problem && <Strip kind="error">{problem}</Strip>}
        {value?.problem && <Strip kind="warning">{value.problem}</Strip>}
        {value && <RowView view={view} row={value} />}
      </div>
      <footer className="preview-foot">
        <span className="row">
          <span className="swatch human" /> {words.legendHuman}
        </span>
        <span className="row">
          <span className="swatch context" /> {words.legendContext}
        </span>
        {value?.rendered && (
          <span className="number end" title={words.totalHelp}>
            {words.total(value.rendered.promptTokens + value.rendered.answerTokens)}
          </span>
        )}
      </footer>
    </div>
  )
}

function RowView({ view, row }: { view: View; row: DatasetRowView }) {
  if (view === 'conversation') return <ConversationView row={row} />
  if (!row.rendered) return row.problem ? null : <p className="secondary">{words.noModel}</p>
  return view === 'template' ? (
    <TemplateView rendered={row.rendered} />
  ) : (
    <TokensView rendered={row.rendered} />
  )
}
