import type { RunEvent, RunView } from '../../contract/app.ts'
import { runStrings as words } from '../strings/run.ts'
import { currentStage, phaseOf } from './run-phase.ts'

/** For those who hear the page: stage changes, every tenth of a stage, new warnings. Errors are their strip's alert. */
export function Announcer({ view, events }: { view: RunView; events: readonly RunEvent[] }) {
  const phase = phaseOf(view.run, view.pausing)
  const at = currentStage(view)
  const share = at?.share ?? 0
  const where =
    phase === 'pausing'
      ? words.announcePausing
      : phase === 'live' && at
        ? words.announce(at.iteration, words.doing[at.name], 10 * Math.floor(10 * share))
        : ''
  const warning = phase === 'live' ? events.find(({ level }) => level === 'warning') : undefined
  return (
    <>
      <p className="visually-hidden" role="status">
        {where}
      </p>
      <p className="visually-hidden" role="status">
        {warning ? words.announceWarning(warning.message) : ''}
      </p>
    </>
  )
}
