import { Button } from '@mantine/core'
import { useState } from 'react'
import type { BenchmarksView } from '../../contract/app/benchmarks.ts'
import type { ContaminationOfTask } from '../../contract/benchmarks.ts'
import { whole } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { useWork } from './use-work.ts'

const words = benchmarksStrings.contamination

/** Whether training rows hold the tasks' questions; asked for, since it reads all of both. */
export function ContaminationSection({
  view: { runId, contamination },
  tasks,
}: {
  view: BenchmarksView
  tasks: readonly string[]
}) {
  const { running, progress, problem, start, stop } = useWork('checkContamination')
  const found = contamination?.tasks.filter(({ overlapping }) => overlapping > 0) ?? []
  const clean = contamination?.tasks.filter(({ overlapping }) => overlapping === 0) ?? []
  return (
    <Section
      title={words.title}
      actions={
        running ? (
          <Button variant="default" onClick={stop}>
            {words.stop}
          </Button>
        ) : (
          <Button
            variant="default"
            disabled={tasks.length === 0}
            onClick={() => start({ runId, tasks: [...tasks] })}
          >
            {contamination ? words.again : words.check}
          </Button>
        )
      }
    >
      {problem && <Strip kind="error">{problem}</Strip>}
      {running && (
        <p className="hint number" role="status">
          {progress ?? words.checking}
        </p>
      )}
      {!contamination && !running && <p className="secondary">{words.notChecked}</p>}
      {contamination && (
        <>
          <p className="hint">{words.hint(contamination.words)}</p>
          {found.map((task) => (
            <FoundTask key={task.task} found={task} />
          ))}
          {clean.length > 0 && (
            <p className="secondary number">
              {words.none(
                clean.map(({ task }) => benchmarksStrings.task(task)).join(', '),
                whole(contamination.trainRows),
              )}
            </p>
          )}
        </>
      )}
    </Section>
  )
}

function FoundTask({ found: { task, overlapping, questions, examples } }: { found: ContaminationOfTask }) {
  const [open, setOpen] = useState(false)
  const title = benchmarksStrings.task(task)
  return (
    <Strip
      kind="warning"
      actions={
        examples.length > 0 && (
          <button
            type="button"
            className="link bench-examples"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            {open ? words.hide : words.show}
          </button>
        )
      }
    >
      <p className="number">{words.found(whole(overlapping), whole(questions), title)}</p>
      {open && (
        <ul className="bench-overlaps">
          {examples.map(({ index, question, shared, row }) => (
            <li key={`${index} ${row}`}>
              <strong>{words.question(whole(index))}</strong>
              <p>{question}</p>
              <p>
                {words.shared}: <q>{shared}</q>
              </p>
              <p>
                {words.row}: {row}
              </p>
            </li>
          ))}
        </ul>
      )}
    </Strip>
  )
}
