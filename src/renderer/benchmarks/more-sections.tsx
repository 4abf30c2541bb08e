import { useState } from 'react'
import { Icon } from '../components/icon.tsx'
import { Section } from '../components/sections.tsx'
import { benchmarksStrings as words } from '../strings/benchmarks.ts'
import { ScoreColumns, ScoreRow } from './score-columns.tsx'
import { metricWords, type ScoreTable } from './score-table.ts'
import type { SettingsGroup } from './settings-groups.ts'
import { metricRows, subjectTrees, tableScores, type MetricRow, type SubjectNode } from './subject-tree.ts'

/** Every metric of tasks with several (GSM8K by both of its filters), and MMLU down to its subjects. */
export function MoreSections({ group, table }: { group: SettingsGroup; table: ScoreTable }) {
  const scores = tableScores(group, table)
  const metrics = metricRows(scores, table.columns)
  const iterations = table.rows.map(({ iteration }) => iteration)
  return (
    <>
      {metrics.length > 0 && (
        <Section title={words.more.title} hint={words.more.hint}>
          <ScoreColumns caption={words.more.caption} first={words.more.metric} iterations={iterations}>
            {metrics.map((row) => (
              <ScoreRow
                key={`${row.task} ${row.metric} ${row.filter}`}
                name={<MetricName row={row} />}
                scores={row.scores}
                iterations={iterations}
              />
            ))}
          </ScoreColumns>
        </Section>
      )}
      {subjectTrees(scores).map((tree) => (
        <Subjects key={tree.task} tree={tree} iterations={iterations} />
      ))}
    </>
  )
}

function MetricName({ row: { task, metric, filter, primary } }: { row: MetricRow }) {
  const [name, about] = metricWords(task, metric)
  const by = words.filters[filter] ?? filter
  return (
    <span title={about}>
      {words.task(task)} <span className="secondary">{[name, by].filter(Boolean).join(', ')}</span>
      {primary && <span className="hint"> {words.more.primary}</span>}
    </span>
  )
}

function Subjects({ tree, iterations }: { tree: SubjectNode; iterations: readonly number[] }) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const toggle = (task: string): void => {
    const next = new Set(open)
    if (!next.delete(task)) next.add(task)
    setOpen(next)
  }
  const title = words.task(tree.task)
  return (
    <Section title={`${title}: ${words.subjects.title}`} hint={words.subjects.hint}>
      <ScoreColumns
        caption={words.subjects.caption(title)}
        first={words.subjects.name}
        iterations={iterations}
      >
        {tree.parts.flatMap((part) => [
          <ScoreRow
            key={part.task}
            name={<GroupName node={part} isOpen={open.has(part.task)} onToggle={() => toggle(part.task)} />}
            scores={part.scores}
            iterations={iterations}
          />,
          ...(open.has(part.task) ? part.parts : []).map((subject) => (
            <ScoreRow
              key={subject.task}
              name={words.task(subject.task)}
              scores={subject.scores}
              iterations={iterations}
              className="bench-subject"
            />
          )),
        ])}
      </ScoreColumns>
    </Section>
  )
}

function GroupName({ node, isOpen, onToggle }: { node: SubjectNode; isOpen: boolean; onToggle: () => void }) {
  const name = words.task(node.task)
  if (node.parts.length === 0) return name
  return (
    <button
      type="button"
      className="link bench-group row"
      aria-expanded={isOpen}
      title={isOpen ? words.subjects.collapse(name) : words.subjects.expand(name)}
      onClick={onToggle}
    >
      <Icon name={isOpen ? 'down' : 'right'} size={12} />
      {name}
    </button>
  )
}
