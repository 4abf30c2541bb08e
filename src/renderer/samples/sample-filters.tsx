import { Select } from '@mantine/core'
import type { RefObject } from 'react'
import type { SampleCounts, SampleFilter, SampleQuery, SampleSort } from '../../contract/app.ts'
import { whole } from '../components/numbers.ts'
import { SearchField } from '../components/search-field.tsx'
import { samplesStrings as words } from '../strings/samples.ts'

const chips = ['all', 'wins', 'loses', 'flagged'] as const

const choicesOf = <T extends string>(labels: Record<T, string>) =>
  (Object.entries(labels) as [T, string][]).map(([value, label]) => ({ value, label }))
const filters = choicesOf<SampleFilter>(words.filters)
const sorts = choicesOf<SampleSort>(words.sorts)

/** Search, filter and order of the list. */
export function SampleFilters({
  query,
  counts,
  loading,
  searchField,
  onChange,
  onLeave,
}: {
  query: SampleQuery
  counts: SampleCounts | null
  loading: boolean
  searchField: RefObject<HTMLInputElement | null>
  onChange: (query: SampleQuery) => void
  /** Arrow keys in the search field go on in the list. */
  onLeave: (by: number) => void
}) {
  return (
    <div className="sample-filters" role="search" aria-busy={loading}>
      <SearchField
        field={searchField}
        label={words.search}
        value={query.search}
        maxLength={1000}
        onChange={(text) => onChange({ ...query, search: text })}
        onLeave={onLeave}
      />
      <div className="sample-selects">
        <Select
          size="xs"
          aria-label={words.filter}
          data={filters.map(({ value, label }) => ({
            value,
            label: counts && value !== 'all' ? `${label} (${whole(counts[value])})` : label,
          }))}
          value={query.filter}
          allowDeselect={false}
          onChange={(value) => value && onChange({ ...query, filter: value as SampleFilter })}
        />
        <Select
          size="xs"
          aria-label={words.sort}
          data={sorts}
          value={query.sort}
          allowDeselect={false}
          onChange={(value) => value && onChange({ ...query, sort: value as SampleSort })}
        />
      </div>
      <div className="row sample-chips" role="group" aria-label={words.filter}>
        {chips.map((filter) => (
          <button
            key={filter}
            type="button"
            className="sample-chip number"
            aria-pressed={query.filter === filter}
            onClick={() => onChange({ ...query, filter })}
          >
            {words.chips[filter]} {counts ? whole(counts[filter]) : ''}
          </button>
        ))}
      </div>
    </div>
  )
}
