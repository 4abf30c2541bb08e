import { Tooltip } from '@mantine/core'
import type { RunView } from '../../contract/app.ts'
import { runStrings as words } from '../strings/run.ts'
import { readoutRows } from './readout-rows.ts'

/** The numbers of the stage at which the run is. */
export function Readouts({ view }: { view: RunView }) {
  return (
    <dl className="run-readouts number" aria-label={words.readouts.name}>
      {readoutRows(view).map(({ name, hint, value, unit, parts }) => (
        <Tooltip
          key={name}
          label={<Hint hint={hint} parts={parts ?? []} />}
          multiline
          maw={320}
          position="bottom"
          events={{ hover: true, focus: true, touch: true }}
        >
          {/* With parts it is a stop of the keyboard: they are to be read nowhere else. */}
          <div tabIndex={parts ? 0 : undefined}>
            <dt>{name}</dt>
            <dd>
              {value} <span>{unit}</span>
            </dd>
          </div>
        </Tooltip>
      ))}
    </dl>
  )
}

function Hint({ hint, parts }: { hint: string; parts: readonly string[] }) {
  return (
    <>
      {hint}
      {parts.map((part, i) => (
        <span key={i} className="run-readout-part number">
          {part}
        </span>
      ))}
    </>
  )
}
