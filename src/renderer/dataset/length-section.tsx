import { useState } from 'react'
import type { DatasetLengths } from '../../contract/dataset-inspection.ts'
import type { LogEvent, Progress } from '../../contract/engine.ts'
import { whole } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { datasetStrings } from '../strings/dataset.ts'
import { useStream } from '../use-main.ts'
import { useProject } from '../use-project.tsx'
import { LengthChart } from './length-chart.tsx'
import { ProgressBar } from './upload-line.tsx'

const words = datasetStrings.length

/** How long the rows are for the project's model. */
export function LengthSection() {
  const { draft } = useProject()
  if (draft.modelDir === null) {
    return (
      <Section title={words.title}>
        <p className="secondary">{words.noModel}</p>
      </Section>
    )
  }
  return <Measured />
}

interface State {
  progress: Progress | null
  lengths: DatasetLengths | null
}
function latest(before: State | null, event: Progress | LogEvent | DatasetLengths): State {
  const state = before ?? { progress: null, lengths: null }
  if (event.kind === 'progress') return { ...state, progress: event }
  return event.kind === 'done' ? { ...state, lengths: event } : state
}

function Measured() {
  const { id: projectId } = useProject()
  const [asTable, setAsTable] = useState(false)
  const { value, problem } = useStream('measureDataset', { projectId }, latest)
  const lengths = value?.lengths
  if (!lengths) {
    const { done = 0, total = 0 } = value?.progress ?? {}
    return (
      <Section title={words.title}>
        {problem ? (
          <Strip kind="error">{problem}</Strip>
        ) : (
          <div className="progress-line">
            <p className="hint number">
              {total === 0 ? words.starting : words.measuring(whole(done), whole(total))}
            </p>
            <ProgressBar percent={total === 0 ? 0 : (100 * done) / total} name={words.title} />
          </div>
        )}
      </Section>
    )
  }
  return (
    <Section
      title={words.title}
      hint={`${words.perBin(lengths.binTokens)}${lengths.measured < lengths.rows - lengths.refused ? `, ${words.sample(whole(lengths.measured), whole(lengths.rows))}` : ''}`}
      actions={
        <button type="button" className="link hint" onClick={() => setAsTable(!asTable)}>
          {asTable ? words.chart : words.table}
        </button>
      }
    >
      {lengths.refused > 0 && (
        <Strip kind="warning">{words.refused(whole(lengths.refused), lengths.refusal ?? '')}</Strip>
      )}
      {lengths.measured > 0 &&
        (asTable ? <LengthTable lengths={lengths} /> : <LengthChart lengths={lengths} />)}
    </Section>
  )
}

function LengthTable({ lengths: { bins, binTokens, beyond, longest } }: { lengths: DatasetLengths }) {
  return (
    <table className="list narrow">
      <thead>
        <tr>
          <th>{words.tokens}</th>
          <th className="end">{words.count}</th>
        </tr>
      </thead>
      <tbody>
        {bins.map((rows, i) => (
          <tr key={i * binTokens}>
            <td>
              {whole(i * binTokens)}–{whole((i + 1) * binTokens - 1)}
            </td>
            <td className="end">{whole(rows)}</td>
          </tr>
        ))}
        {beyond > 0 && (
          <tr>
            <td>
              {whole(bins.length * binTokens)}–{whole(longest)}
            </td>
            <td className="end">{whole(beyond)}</td>
          </tr>
        )}
      </tbody>
    </table>
  )
}
