import { whole } from '../components/numbers.ts'
import { RowList } from '../components/row-list.tsx'
import { Strip } from '../components/sections.tsx'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { questionId, QuestionRow, type RowNames } from './question-row.tsx'
import type { PrimaryMetric } from './question-verdict.ts'
import type { LoadedQuestions } from './use-questions.ts'

const words = benchmarksStrings.questions

/** Questions come page by page, as their rows come into sight. */
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
  const { total } = questions
  if (questions.problem) return <Strip kind="error">{questions.problem}</Strip>
  return (
    <RowList
      name={words.list}
      rowId={questionId}
      total={total}
      position={position}
      isBusy={total === null}
      empty={
        <div className="center">
          <p>{words.none}</p>
          <p className="hint">{words.noneHelp}</p>
        </div>
      }
      foot={total === null ? words.loading : words.of(whole(total === 0 ? 0 : position + 1), whole(total))}
      row={(index, start) => (
        <QuestionRow
          key={index}
          position={index}
          total={total ?? 0}
          start={start}
          pair={questions.at(index)}
          primary={primary}
          names={names}
          isOpen={index === position}
          onChoose={onChoose}
        />
      )}
      onVisible={(first, last) => onVisible([first, last])}
      onMove={onMove}
    />
  )
}
