import { useEffect, useRef, useState } from 'react'
import type { BenchmarkEvaluation, BenchmarksView } from '../../contract/app/benchmarks.ts'
import { EmptyState } from '../components/sections.tsx'
import { useKeys } from '../components/use-keys.ts'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { BenchmarksFrame, type ViewSwitch } from './benchmarks-frame.tsx'
import { modelName } from './model-names.ts'
import './questions.css'
import { QuestionDetail } from './question-detail.tsx'
import { QuestionFilters } from './question-filters.tsx'
import { settleChoice, type QuestionChoice } from './question-choice.ts'
import { QuestionList } from './question-list.tsx'
import { primaryMetric } from './question-verdict.ts'
import { useQuestions } from './use-questions.ts'

const words = benchmarksStrings.questions
/** Somebody who is typing is not asked for. */
const searchDelayMs = 200

/** Every question of an evaluation on the left, the chosen one on the right. */
export function QuestionsView({
  view,
  views,
  choice,
  onChoice,
}: {
  view: BenchmarksView
  views: ViewSwitch
  choice: QuestionChoice
  onChoice: (choice: QuestionChoice) => void
}) {
  const evaluations = view.evaluations.filter(({ scores }) => scores.length > 0)
  const settled = settleChoice(choice, evaluations)
  if (!settled) {
    return (
      <BenchmarksFrame
        view={view}
        views={views}
        primary={{ words: benchmarksStrings.toMeasure, icon: 'play', run: () => views.show('measure') }}
        rightName={words.detail}
        right={null}
      >
        <EmptyState title={words.nothing}>{benchmarksStrings.noScores.words}</EmptyState>
      </BenchmarksFrame>
    )
  }
  return (
    <Browser
      view={view}
      views={views}
      evaluations={evaluations}
      evaluation={settled.evaluation}
      choice={settled.choice}
      onChoice={onChoice}
    />
  )
}

function Browser({
  view,
  views,
  evaluations,
  evaluation,
  choice,
  onChoice,
}: {
  view: BenchmarksView
  views: ViewSwitch
  evaluations: readonly BenchmarkEvaluation[]
  evaluation: BenchmarkEvaluation
  choice: QuestionChoice & { task: string }
  onChoice: (choice: QuestionChoice) => void
}) {
  const search = useSettled(choice.search.trim())
  const { otherId, task, show } = choice
  const [chosen, choose] = useState({ of: '', position: 0 })
  // Another evaluation of the same questions leaves the chosen one where it is.
  const of = JSON.stringify([task, show, search])
  const wanted = chosen.of === of ? chosen.position : 0
  const [visible, setVisible] = useState<readonly number[]>([])
  const questions = useQuestions({ id: evaluation.id, otherId, task, show, search }, [wanted, ...visible])
  const position = Math.max(0, Math.min(wanted, (questions.total ?? wanted + 1) - 1))
  const searchField = useRef<HTMLInputElement>(null)
  const move = (by: number): void => {
    const last = (questions.total ?? 0) - 1
    if (last >= 0) choose({ of, position: Math.max(0, Math.min(last, position + by)) })
  }
  const step = (by: number): void => {
    const next = evaluations[evaluations.findIndex(({ id }) => id === evaluation.id) + by]
    if (next) onChoice({ ...choice, evaluationId: next.id })
  }
  useKeys({
    '/': () => searchField.current?.focus(),
    j: () => move(1),
    ArrowDown: () => move(1),
    k: () => move(-1),
    ArrowUp: () => move(-1),
    // Newest first: the one before is further down.
    '[': () => step(1),
    ']': () => step(-1),
  })
  const other = evaluations.find(({ id }) => id === otherId)
  const names = {
    own: modelName(evaluation.model.iteration),
    other: other ? modelName(other.model.iteration) : null,
  }
  const primary = primaryMetric(evaluation, task)
  return (
    <BenchmarksFrame
      view={view}
      views={views}
      rightName={words.detail}
      right={
        questions.total === 0 ? (
          <p className="center hint">{words.none}</p>
        ) : (
          <QuestionDetail pair={questions.at(position)} primary={primary} names={names} />
        )
      }
    >
      <div className="bench-question-pane">
        <QuestionFilters
          evaluations={evaluations}
          evaluation={evaluation}
          choice={choice}
          searchField={searchField}
          onChange={(change) => onChoice({ ...choice, ...change })}
          onLeave={move}
        />
        <QuestionList
          questions={questions}
          position={position}
          primary={primary}
          names={names}
          onVisible={setVisible}
          onChoose={(at) => choose({ of, position: at })}
          onMove={move}
        />
      </div>
    </BenchmarksFrame>
  )
}

/** A value once it has stayed the same for a while. */
function useSettled(value: string): string {
  const [settled, settle] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => settle(value), searchDelayMs)
    return () => clearTimeout(timer)
  }, [value])
  return value === '' ? '' : settled
}
