import { Checkbox } from '@mantine/core'
import type { ListedRun } from '../../contract/app.ts'
import { day, duration, whole } from '../components/numbers.ts'
import { RunState } from '../components/run-state.tsx'
import { Sparkline } from '../home/sparkline.tsx'
import { runsStrings as words } from '../strings/runs.ts'
import { gainOf, isWorse, showGain } from './run-score.ts'

export function RunsList({
  runs,
  openId,
  chosen,
  isFull,
  onOpen,
  onChoose,
}: {
  runs: readonly ListedRun[]
  openId: number | null
  chosen: readonly number[]
  isFull: boolean
  onOpen: (id: number) => void
  onChoose: (id: number, isChosen: boolean) => void
}) {
  return (
    <section className="section" aria-label={words.title}>
      <table className="list two-line number">
        <thead>
          <tr>
            <th className="runs-select">
              <span className="visually-hidden">{words.columns.select}</span>
            </th>
            <th>{words.columns.run}</th>
            <th>{words.columns.dataset}</th>
            <th>{words.columns.state}</th>
            <th>{words.columns.scores}</th>
            <th className="end">{words.columns.best}</th>
            <th className="end">{words.columns.time}</th>
            <th className="end">{words.columns.started}</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => {
            const gain = gainOf(run)
            const isChosen = chosen.includes(run.id)
            return (
              <tr key={run.id} className={run.id === openId ? 'open' : ''} onClick={() => onOpen(run.id)}>
                <td>
                  <Checkbox
                    size="xs"
                    aria-label={words.selectRun(run.project, run.id)}
                    checked={isChosen}
                    disabled={isFull && !isChosen}
                    onClick={(event) => event.stopPropagation()}
                    onChange={(event) => onChoose(run.id, event.currentTarget.checked)}
                  />
                </td>
                <td className="runs-long" title={words.name(run.project, run.id)}>
                  <button
                    type="button"
                    className="link key"
                    aria-pressed={run.id === openId}
                    onClick={() => onOpen(run.id)}
                  >
                    {words.name(run.project, run.id)}
                  </button>
                  <div className="hint">
                    {run.model}
                    {run.tags.map((tag) => (
                      <span key={tag} className="tag runs-tag">
                        {tag}
                      </span>
                    ))}
                  </div>
                </td>
                <td className="runs-long" title={run.dataset}>
                  {run.dataset}
                  <div className="hint">
                    {run.trainRows === null ? words.notRead : words.rows(whole(run.trainRows))}
                  </div>
                </td>
                <td>
                  <RunState run={run} />
                </td>
                <td>
                  <Sparkline run={run} />
                </td>
                <td className={`end${isWorse(run, gain) ? ' worse' : ''}`}>
                  <strong>{showGain(run, gain)}</strong>
                </td>
                <td className="end">{run.seconds > 0 ? duration(run.seconds) : '–'}</td>
                <td className="end">{day(run.startedAt ?? run.createdAt)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}
