import { memo } from 'react'
import type { QuestionPair } from '../../contract/app/benchmarks.ts'
import { whole } from '../components/numbers.ts'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { verdictOf, type PrimaryMetric } from './question-verdict.ts'
import { VerdictMark } from './verdict-mark.tsx'

const words = benchmarksStrings.questions

/** What the evaluations are called; `other` null = none to compare with. */
export interface RowNames {
  own: string
  other: string | null
}

export const QuestionRow = memo(function QuestionRow({
  position,
  total,
  start,
  pair,
  primary,
  names,
  isOpen,
  onChoose,
}: {
  position: number
  total: number
  start: number
  pair: QuestionPair | undefined
  primary: PrimaryMetric | null
  names: RowNames
  isOpen: boolean
  onChoose: (position: number) => void
}) {
  const question = pair?.question
  return (
    // Keys are the list's: the options themselves are never focused.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      id={`question-${position}`}
      role="option"
      tabIndex={-1}
      aria-selected={isOpen}
      aria-posinset={position + 1}
      aria-setsize={total}
      className="bench-row"
      style={{ transform: `translateY(${start}px)` }}
      onClick={() => onChoose(position)}
    >
      <span className="spread bench-row-head">
        <span className="hint number">
          {question ? words.number(whole(question.index)) : words.loading}
          {question && question.task.startsWith('mmlu_') && `, ${benchmarksStrings.task(question.task)}`}
        </span>
        <span className="row">
          {question && <VerdictMark verdict={verdictOf(question, primary)} who={names.own} />}
          {names.other !== null && pair?.other && (
            <VerdictMark verdict={verdictOf(pair.other, primary)} who={names.other} />
          )}
        </span>
      </span>
      <span className="bench-line">{question?.question ?? ''}</span>
    </div>
  )
})
