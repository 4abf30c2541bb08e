import { Kbd } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { listStrings as words } from '../strings/lists.ts'
import './row-list.css'

const rowHeight = 57
/** As many as Page Down moves by. */
export const rowsPerPage = 8

/**
 * A list of any length in which one row is open. It is focused as a whole and its keys move the open row; rows are asked for
 * and drawn as they come into sight.
 */
export function RowList({
  name,
  rowId,
  total,
  position,
  contents,
  isBusy,
  waiting = null,
  empty,
  foot,
  row,
  onVisible,
  onMove,
}: {
  name: string
  /** Of a row's element in the document: see ListRow. */
  rowId: (position: number) => string
  /** null = not known yet. */
  total: number | null
  position: number
  /** Another one means other rows, of which the open one is brought into sight. */
  contents?: unknown
  isBusy: boolean
  /** In the rows' place until `total` is known. */
  waiting?: ReactNode
  /** In the rows' place where there are none. */
  empty: ReactNode
  /** Said below where there are rows, whenever it changes: "3 of 120". */
  foot: string
  row: (position: number, start: number) => ReactNode
  /** Told the first and the last position in sight, and those between are wanted too. */
  onVisible: (first: number, last: number) => void
  onMove: (by: number) => void
}) {
  // A state, not a ref: the list has to be drawn again once its frame is there to be measured.
  const [frame, setFrame] = useState<HTMLDivElement | null>(null)
  const count = total ?? 0
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => frame,
    estimateSize: () => rowHeight,
    overscan: 6,
  })
  const visible = virtual.getVirtualItems()
  const tell = useRef(onVisible)
  useEffect(() => {
    tell.current = onVisible
  })
  const first = visible[0]?.index ?? 0
  const last = visible.at(-1)?.index ?? 0
  useEffect(() => tell.current(first, last), [first, last, count])
  useEffect(() => {
    if (count > 0 && position >= 0) virtual.scrollToIndex(position, { align: 'auto' })
  }, [virtual, position, count, contents])

  const press = (event: React.KeyboardEvent): void => {
    const by = { PageDown: rowsPerPage, PageUp: -rowsPerPage, Home: -count, End: count }[event.key]
    if (by === undefined) return
    event.preventDefault()
    onMove(by)
  }
  const isInSight = visible.some(({ index }) => index === position)
  return (
    <>
      <div
        ref={setFrame}
        className="row-list"
        role={total === 0 ? 'status' : 'listbox'}
        tabIndex={0}
        aria-label={name}
        aria-busy={isBusy}
        aria-activedescendant={isInSight ? rowId(position) : undefined}
        onKeyDown={press}
      >
        {total === null && waiting}
        {total === 0 && empty}
        <div className="row-list-track" role="presentation" style={{ height: virtual.getTotalSize() }}>
          {visible.map(({ index, start }) => row(index, start))}
        </div>
      </div>
      <div className="row-list-foot spread hint number">
        <span role="status">{total === 0 ? '' : foot}</span>
        {total !== 0 && (
          <span className="row" aria-hidden="true">
            <Kbd size="xs">↑</Kbd>
            <Kbd size="xs">↓</Kbd>
            {words.toMove}
          </span>
        )}
      </div>
    </>
  )
}

export interface ListRowPlace {
  position: number
  total: number
  /** Pixels from the top of the list. */
  start: number
  isOpen: boolean
  onChoose: (position: number) => void
}

export function ListRow({
  id,
  position,
  total,
  start,
  isOpen,
  onChoose,
  children,
}: ListRowPlace & { id: string; children: ReactNode }) {
  return (
    // Keys are the list's: the options themselves are never focused.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isOpen}
      aria-posinset={position + 1}
      aria-setsize={total}
      className="list-row"
      style={{ transform: `translateY(${start}px)` }}
      onClick={() => onChoose(position)}
    >
      {children}
    </div>
  )
}
