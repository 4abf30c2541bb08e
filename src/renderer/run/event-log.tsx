import type { RunEvent } from '../../contract/app.ts'
import { clock } from '../components/numbers.ts'

const signs = { info: '·', warning: '▲', error: '▲' } as const

export function EventLog({ events }: { events: RunEvent[] }) {
  return (
    <aside className="pane" aria-label="Events">
      <div className="section">
        <h2>Events</h2>
        {events.length === 0 && <p className="hint">Nothing worth a note yet</p>}
        {events.map((event) => (
          <div key={event.id} className={`log-row ${event.level}`}>
            <time className="number">{clock(event.at)}</time>
            <span className="sign" title={event.level}>
              {signs[event.level]}
            </span>
            <span>{event.message}</span>
          </div>
        ))}
      </div>
    </aside>
  )
}
