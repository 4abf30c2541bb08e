import { Select, Tooltip } from '@mantine/core'
import type { RefObject } from 'react'
import type { BenchmarkEvaluation } from '../../contract/app/benchmarks.ts'
import { SearchField } from '../components/search-field.tsx'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { modelName } from './model-names.ts'
import { comparable, shows, tasksOf, type QuestionChoice, type Show } from './question-choice.ts'
import { settingsName } from './settings-groups.ts'

const words = benchmarksStrings.questions

/** Whose questions, of which task, against whom, and which of them. */
export function QuestionFilters({
  evaluations,
  evaluation,
  choice,
  searchField,
  onChange,
  onLeave,
}: {
  evaluations: readonly BenchmarkEvaluation[]
  evaluation: BenchmarkEvaluation
  choice: QuestionChoice
  searchField: RefObject<HTMLInputElement | null>
  onChange: (choice: Partial<QuestionChoice>) => void
  /** Arrow keys in the search field go on in the list. */
  onLeave: (by: number) => void
}) {
  const { otherId, task, show, search } = choice
  return (
    <div className="bench-filters" role="search">
      <Select
        size="xs"
        aria-label={words.evaluation}
        data={evaluations.map((one) => ({ value: String(one.id), label: evaluationName(one, evaluations) }))}
        value={String(evaluation.id)}
        allowDeselect={false}
        onChange={(value) => value !== null && onChange({ evaluationId: Number(value) })}
      />
      <div className="bench-selects">
        <Select
          size="xs"
          aria-label={words.task}
          data={tasksOf(evaluation).map((value) => ({ value, label: benchmarksStrings.task(value) }))}
          value={task}
          allowDeselect={false}
          onChange={(value) => value !== null && onChange({ task: value })}
        />
        <Select
          size="xs"
          aria-label={words.other}
          placeholder={words.other}
          data={comparable(evaluations, evaluation, task ?? '').map((one) => ({
            value: String(one.id),
            label: modelName(one.model.iteration),
          }))}
          value={otherId === null ? null : String(otherId)}
          clearable
          clearButtonProps={{ 'aria-label': words.noOther }}
          onChange={(value) => onChange({ otherId: value === null ? null : Number(value) })}
        />
      </div>
      <SearchField
        field={searchField}
        label={words.search}
        value={search}
        maxLength={200}
        onChange={(text) => onChange({ search: text })}
        onLeave={onLeave}
      />
      <div className="row bench-chips" role="group" aria-label={words.filter}>
        {shows.map((value) => (
          <Chip
            key={value}
            value={value}
            isOn={show === value}
            isOff={value === 'changed' && otherId === null}
            onClick={() => onChange({ show: value })}
          />
        ))}
      </div>
    </div>
  )
}

function Chip({
  value,
  isOn,
  isOff,
  onClick,
}: {
  value: Show
  isOn: boolean
  isOff: boolean
  onClick: () => void
}) {
  return (
    <Tooltip label={words.showTip[value]} multiline w={260}>
      <button
        type="button"
        className="bench-chip"
        aria-pressed={isOn}
        aria-disabled={isOff}
        onClick={() => !isOff && onClick()}
      >
        {words.show[value]}
      </button>
    </Tooltip>
  )
}

/** With its settings where the run has evaluations of several. */
function evaluationName(one: BenchmarkEvaluation, all: readonly BenchmarkEvaluation[]): string {
  const name = modelName(one.model.iteration)
  const isAlone = all.every((other) => settingsName(other.settings) === settingsName(one.settings))
  return isAlone ? name : `${name}, ${settingsName(one.settings)}`
}
