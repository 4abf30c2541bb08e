import { Button } from '@mantine/core'
import { useState } from 'react'
import type { RunView } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { PrimaryButton, type Primary } from '../components/page-frame.tsx'
import { go } from '../navigation.tsx'
import { runStrings as words } from '../strings/run.ts'
import { phaseOf, whereaboutsOf } from './run-phase.ts'

/** Of a run that ended before its end: what happened, what is safe, what to do. */
export function RunStrip({ view, resume }: { view: RunView; resume: Primary }) {
  const [isOpen, setIsOpen] = useState(false)
  const { run } = view
  const phase = phaseOf(run)
  if (phase !== 'failed' && phase !== 'interrupted' && phase !== 'cancelled') return null
  const at = whereaboutsOf(view)
  const repeated = at.savedStep !== null && at.step !== null ? at.step - at.savedStep : 0
  const { what, todo } =
    phase === 'failed'
      ? words.failure(run.errorCode, at)
      : phase === 'interrupted'
        ? { what: words.interrupted(at), todo: words.interruptedTodo }
        : { what: words.cancelled, todo: words.cancelledTodo }
  const kind = phase === 'failed' ? 'error' : phase === 'interrupted' ? 'warning' : 'info'
  return (
    <div className={`run-strip ${kind}`} role={phase === 'failed' ? 'alert' : 'status'}>
      <Icon name={phase === 'cancelled' ? 'stop' : 'warning'} size={18} />
      <div className="run-strip-words">
        <strong>{what}</strong>
        <p>
          {words.safe(at)} {todo} {repeated > 0 && words.repeats(repeated)}
        </p>
        {isOpen && run.error && <pre className="run-strip-details">{run.error}</pre>}
      </div>
      <div className="row">
        {run.errorCode === 'DISK_FULL' && (
          <Button variant="default" onClick={() => go({ name: 'runs' })}>
            {words.showSpace}
          </Button>
        )}
        {phase === 'failed' && run.error && (
          <Button variant="default" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            {isOpen ? words.hideDetails : words.details}
          </Button>
        )}
        <PrimaryButton primary={resume} />
      </div>
    </div>
  )
}
