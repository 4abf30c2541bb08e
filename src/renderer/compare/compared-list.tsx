import { ActionIcon, NativeSelect } from '@mantine/core'
import type { ComparedRun } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { day } from '../components/numbers.ts'
import { compareStrings as words } from '../strings/compare.ts'
import { comparedChange, comparedScore } from './score-unit.ts'
import { strokeOf } from './run-stroke.ts'

/** The compared runs with their stroke, the iteration that counts, its score and its change from base. */
export function ComparedList({
  runs,
  onIteration,
  onRemove,
}: {
  runs: readonly ComparedRun[]
  /** By place: a run may stand twice. */
  onIteration: (index: number, iteration: number) => void
  onRemove: (index: number) => void
}) {
  return (
    <ul className="section compare-list">
      {runs.map((compared, i) => {
        const { run, iteration } = compared
        const { colour, dash } = strokeOf(i)
        return (
          <li key={`${run.id}-${i}`} className="number">
            <svg width="24" height="8" viewBox="0 0 24 8" aria-hidden="true">
              <line x1={0} x2={24} y1={4} y2={4} stroke={colour} strokeWidth={2} strokeDasharray={dash} />
            </svg>
            <span className="compare-name" title={words.runIn(run.project, run.id)}>
              <strong>{words.runIn(run.project, run.id)}</strong>
              <span className="hint">{day(run.startedAt ?? run.createdAt)}</span>
            </span>
            <NativeSelect
              size="xs"
              aria-label={words.iterationOf(run.id)}
              value={String(iteration)}
              onChange={(event) => onIteration(i, Number(event.currentTarget.value))}
              data={run.scores.map((scored) => ({
                value: String(scored.iteration),
                label: scored.iteration < 0 ? words.base : words.it(scored.iteration),
              }))}
            />
            <span className="end">
              <strong>{comparedScore(compared) ?? '–'}</strong>
              <span className="hint">{comparedChange(compared)}</span>
            </span>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={words.remove(run.id)}
              title={words.remove(run.id)}
              onClick={() => onRemove(i)}
            >
              <Icon name="close" size={14} />
            </ActionIcon>
          </li>
        )
      })}
    </ul>
  )
}
