import type { RunSummary } from '../../contract/app.ts'
import { day, whole } from '../components/numbers.ts'
import { RunState } from '../components/run-state.tsx'
import { gainOf, isWorse, showGain } from '../runs/run-score.ts'
import { Sparkline } from './sparkline.tsx'

export function RunsTable({ runs, onOpen }: { runs: RunSummary[]; onOpen: (run: number) => void }) {
  return (
    <section className="section" aria-label="Runs">
      <h2>
        Runs <span className="hint">{runs.length}</span>
      </h2>
      <table className="list two-line">
        <thead>
          <tr>
            <th>Run</th>
            <th>Dataset</th>
            <th>State</th>
            <th>Score by iteration</th>
            <th className="end">Best, vs base</th>
            <th className="end">Started</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => {
            const gain = gainOf(run)
            return (
              <tr key={run.id}>
                <td>
                  <button type="button" className="link key" onClick={() => onOpen(run.id)}>
                    {run.project}, run {run.id}
                  </button>
                  <div className="hint">{run.model}</div>
                </td>
                <td>
                  {run.dataset}
                  <div className="hint">
                    {run.trainRows === null ? 'not read yet' : `${whole(run.trainRows)} rows`}
                  </div>
                </td>
                <td>
                  <RunState run={run} />
                  {run.error && !run.live && <div className="hint">{run.error.split('. ')[0]}</div>}
                </td>
                <td>
                  <Sparkline run={run} />
                </td>
                <td className="end" style={isWorse(run, gain) ? { color: 'var(--error)' } : undefined}>
                  <strong>{showGain(run, gain)}</strong>
                </td>
                <td className="end">{day(run.startedAt ?? run.createdAt)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}
