import { memo } from 'react'
import type { QuestionPair } from '../../contract/app/benchmarks.ts'
import { whole } from '../components/numbers.ts'
import { ListRow, type ListRowPlace } from '../components/row-list.tsx'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { verdictOf, type PrimaryMetric } from './question-verdict.ts'
import { VerdictMark } from './verdict-mark.tsx'

const words = benchmarksStrings.questions

/** What the evaluations are called; `other` null = none to compare with. */
export interface RowNames {
  own: string
  other: string | null
}

export const questionId = (position: number): string => `question-${position}`

export const QuestionRow = memo(function QuestionRow({
  pair,
  primary,
  names,
  ...place
}: ListRowPlace & {
  /** Absent while it is on its way. */
  pair: QuestionPair | undefined
  primary: PrimaryMetric | null
  names: RowNames
}) {
  const question = pair?.question
  return (
    <ListRow id={questionId(place.position)} {...place}>
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
    </ListRow>
  )
})
