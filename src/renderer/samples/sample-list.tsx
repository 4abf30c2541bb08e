import { Kbd } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef } from 'react'
import type { SampleOrder, SampleSetRequest } from '../../contract/app.ts'
import { whole } from '../components/numbers.ts'
import { Strip } from '../components/sections.tsx'
import { samplesStrings as words } from '../strings/samples.ts'
import { SampleListRow } from './sample-list-row.tsx'
import { type Loaded, useSampleLines } from './use-samples.ts'

export const rowHeight = 57
const rowsPerPage = 8

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
  const frame = useRef<HTMLDivElement>(null)
  const { rows, margins } = order.value ?? nothing
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    overscan: 6,
  })
  const visible = virtual.getVirtualItems()
  const lines = useSampleLines(
    set,
    visible.map(({ index }) => rows[index] ?? 0),
  )
  const largest = useMemo(
    () => margins.reduce((most, margin) => (Math.abs(margin) > most ? Math.abs(margin) : most), 0),
    [margins],
  )
  useEffect(() => {
    if (position >= 0) virtual.scrollToIndex(position, { align: 'auto' })
  }, [virtual, position, rows])

  const press = (event: React.KeyboardEvent): void => {
    const by = { PageDown: rowsPerPage, PageUp: -rowsPerPage, Home: -rows.length, End: rows.length }[
      event.key
    ]
    if (by === undefined) return
    event.preventDefault()
    onMove(by)
  }
  if (order.problem) return <Strip kind="error">{order.problem}</Strip>
  const isWaiting = order.value === null
  const isEmpty = !isWaiting && rows.length === 0
  const isInSight = visible.some(({ index }) => index === position)
  return (
    <>
      <div
        ref={frame}
        className="sample-scroll"
        role={isEmpty ? 'status' : 'listbox'}
        tabIndex={0}
        aria-label={words.list}
        aria-busy={order.loading}
        aria-activedescendant={isInSight ? `sample-${position}` : undefined}
        onKeyDown={press}
      >
        {isWaiting && <WaitingRows />}
        {isEmpty && (
          <div className="center">
            <p>{words.noRows}</p>
            <p className="hint">{words.noRowsHelp}</p>
          </div>
        )}
        <div className="sample-track" role="presentation" style={{ height: virtual.getTotalSize() }}>
          {visible.map(({ index, start }) => (
            <SampleListRow
              key={index}
              position={index}
              rows={rows.length}
              start={start}
              line={lines.get(rows[index]!)}
              margin={margins[index] ?? Number.NaN}
              largest={largest}
              isOpen={index === position}
              flagged={flagged}
              onChoose={onChoose}
            />
          ))}
        </div>
      </div>
      <div className="sample-list-foot spread hint number">
        <span role="status">
          {order.loading && !isWaiting
            ? words.searching
            : words.rowOf(whole(position + 1), whole(rows.length))}
        </span>
        <span className="row" aria-hidden="true">
          <Kbd size="xs">↑</Kbd>
          <Kbd size="xs">↓</Kbd>
          {words.toMove}
        </span>
      </div>
    </>
  )
}

const nothing = { rows: new Uint32Array(0), margins: new Float32Array(0) }

/** As tall as the rows that will stand here. */
function WaitingRows() {
  return (
    <div role="presentation" aria-hidden="true">
      {Array.from({ length: rowsPerPage }, (_, i) => (
        <div key={i} className="sample-row waiting">
          <span className="sample-skeleton" style={{ width: '38%' }} />
          <span className="sample-skeleton" style={{ width: '90%' }} />
        </div>
      ))}
    </div>
  )
}
