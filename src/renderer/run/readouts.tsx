import type { RunView } from '../../contract/app.ts'
import { runStrings as words } from '../strings/run.ts'
import { readoutRows } from './readout-rows.ts'

/** The numbers of the stage at which the run is. */
export function Readouts({ view }: { view: RunView }) {
  return (
    <dl className="run-readouts number" aria-label={words.readouts.name}>
      {readoutRows(view).map(({ name, hint, value, unit }) => (
        <div key={name} title={hint}>
          <dt>{name}</dt>
          <dd>
            {value} <span>{unit}</span>
          </dd>
        </div>
      ))}
    </dl>
  )
}
