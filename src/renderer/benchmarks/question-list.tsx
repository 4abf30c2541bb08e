import { Kbd } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState } from 'react'
import { whole } from '../components/numbers.ts'
import { Strip } from '../components/sections.tsx'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { QuestionRow, type RowNames } from './question-row.tsx'
import type { PrimaryMetric } from './question-verdict.ts'
import type { LoadedQuestions } from './use-questions.ts'

const words = benchmarksStrings.questions
const rowHeight = 57
const rowsPerPage = 8

/** Only the rows in sight are in the document; their questions come page by page. */
export function QuestionList({
  questions,
  position,
  primary,
  names,
  onVisible,
  onChoose,
  onMove,
}: {
  questions: LoadedQuestions
  position: number
  primary: PrimaryMetric | null
  names: RowNames
  onVisible: (positions: readonly number[]) => void
  onChoose: (position: number) => void
  onMove: (by: number) => void
}) {
  const [frame, setFrame] = useState<HTMLDivElement | null>(null)
  const total = questions.total ?? 0
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => frame,
    estimateSize: () => rowHeight,
    overscan: 6,
  })
  const visible = virtual.getVirtualItems()
  const tell = useRef(onVisible)
  useEffect(() => {
    tell.current = onVisible
  })
  const seen = `${visible[0]?.index ?? 0} ${visible.at(-1)?.index ?? 0}`
  useEffect(() => {
    tell.current(seen.split(' ').map(Number))
  }, [seen])
  useEffect(() => {
    if (total > 0) virtual.scrollToIndex(position, { align: 'auto' })
  }, [virtual, position, total])

  const press = (event: React.KeyboardEvent): void => {
    const by = { PageDown: rowsPerPage, PageUp: -rowsPerPage, Home: -total, End: total }[event.key]
    if (by === undefined) return
    event.preventDefault()
    onMove(by)
  }
  if (questions.problem) return <Strip kind="error">{questions.problem}</Strip>
  const isEmpty = questions.total === 0
  const isInSight = visible.some(({ index }) => index === position)
  return (
    <>
      <div
        ref={setFrame}
        className="bench-scroll"
        role={isEmpty ? 'status' : 'listbox'}
        tabIndex={0}
        aria-label={words.list}
        aria-busy={questions.total === null}
        aria-activedescendant={isInSight ? `question-${position}` : undefined}
        onKeyDown={press}
      >
        {isEmpty && (
          <div className="center">
            <p>{words.none}</p>
            <p className="hint">{words.noneHelp}</p>
          </div>
        )}
        <div className="bench-track" role="presentation" style={{ height: virtual.getTotalSize() }}>
          {visible.map(({ index, start }) => (
            <QuestionRow
              key={index}
              position={index}
              total={total}
              start={start}
              pair={questions.at(index)}
              primary={primary}
              names={names}
              isOpen={index === position}
              onChoose={onChoose}
            />
          ))}
        </div>
      </div>
      <div className="bench-list-foot spread hint number">
        <span role="status">
          {questions.total === null
            ? words.loading
            : words.of(whole(total === 0 ? 0 : position + 1), whole(total))}
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
