import { useMemo, useState } from 'react'
import type { SampleOrder, SampleSetRequest } from '../../contract/app.ts'
import { whole } from '../components/numbers.ts'
import { RowList, rowsPerPage } from '../components/row-list.tsx'
import { Strip } from '../components/sections.tsx'
import { samplesStrings as words } from '../strings/samples.ts'
import { sampleId, SampleListRow } from './sample-list-row.tsx'
import { type Loaded, useSampleLines } from './use-samples.ts'

/** Only row numbers are held for the whole list; texts are asked for as rows come into sight. */
export function SampleList({
  set,
  order,
  position,
  flagged,
  onChoose,
  onMove,
}: {
  set: SampleSetRequest
  order: Loaded<SampleOrder>
  position: number
  flagged: ReadonlySet<string>
  onChoose: (position: number) => void
  onMove: (by: number) => void
}) {
  const { rows, margins } = order.value ?? nothing
  const [[first, last], see] = useState<[number, number]>([0, 0])
  const lines = useSampleLines(set, [...rows.subarray(first, last + 1)])
  const largest = useMemo(
    () => margins.reduce((most, margin) => (Math.abs(margin) > most ? Math.abs(margin) : most), 0),
    [margins],
  )
  if (order.problem) return <Strip kind="error">{order.problem}</Strip>
  const isWaiting = order.value === null
  return (
    <RowList
      name={words.list}
      rowId={sampleId}
      total={isWaiting ? null : rows.length}
      position={position}
      contents={rows}
      isBusy={order.loading}
      waiting={<WaitingRows />}
      empty={
        <div className="center">
          <p>{words.noRows}</p>
          <p className="hint">{words.noRowsHelp}</p>
        </div>
      }
      foot={
        order.loading && !isWaiting ? words.searching : words.rowOf(whole(position + 1), whole(rows.length))
      }
      row={(index, start) => (
        <SampleListRow
          key={index}
          position={index}
          total={rows.length}
          start={start}
          line={lines.get(rows[index]!)}
          margin={margins[index] ?? Number.NaN}
          largest={largest}
          isOpen={index === position}
          flagged={flagged}
          onChoose={onChoose}
        />
      )}
      onVisible={(from, to) => see([from, to])}
      onMove={onMove}
    />
  )
}

const nothing = { rows: new Uint32Array(0), margins: new Float32Array(0) }

/** As tall as the rows that will stand here. */
function WaitingRows() {
  return (
    <div role="presentation" aria-hidden="true">
      {Array.from({ length: rowsPerPage }, (_, i) => (
        <div key={i} className="list-row waiting">
          <span className="sample-skeleton" style={{ width: '38%' }} />
          <span className="sample-skeleton" style={{ width: '90%' }} />
        </div>
      ))}
    </div>
  )
}
