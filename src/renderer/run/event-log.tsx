import { useEffect, useRef, useState } from 'react'
import type { RunEvent, RunView } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { clock, day } from '../components/numbers.ts'
import { runStrings as words } from '../strings/run.ts'
import { useOlderEvents } from './use-older-events.ts'

/** What happened, newest first; older ones are read when the end comes into sight. */
export function EventLog({ view, events }: { view: RunView; events: readonly RunEvent[] }) {
  const [onlyWarnings, setOnlyWarnings] = useState(false)
  const { warnings, errors } = view.eventCounts
  return (
    <section className="section" aria-label={words.events}>
      <div className="spread">
        <h2>{words.events}</h2>
        {(warnings + errors > 0 || onlyWarnings) && (
          <button
            type="button"
            className="link run-filter"
            aria-pressed={onlyWarnings}
            onClick={() => setOnlyWarnings(!onlyWarnings)}
          >
            {onlyWarnings ? words.allEvents : words.eventFilter(errors, warnings)}
          </button>
        )}
      </div>
      <Events key={String(onlyWarnings)} runId={view.run.id} newest={events} onlyWarnings={onlyWarnings} />
    </section>
  )
}

function Events({
  runId,
  newest,
  onlyWarnings,
}: {
  runId: number
  newest: readonly RunEvent[]
  onlyWarnings: boolean
}) {
  const { events, more, problem, loadMore } = useOlderEvents(runId, newest, onlyWarnings)
  const end = useRef<HTMLParagraphElement>(null)
  useEffect(() => {
    const element = end.current
    if (!element) return
    const seen = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting) loadMore()
    })
    seen.observe(element)
    return () => seen.disconnect()
  }, [loadMore, more])
  return (
    <>
      {events.length === 0 && <p className="hint">{onlyWarnings ? words.noWarnings : words.noEvents}</p>}
      <ol className="run-log">
        {events.map((event) => (
          <Row key={event.id} event={event} />
        ))}
      </ol>
      {problem && <p className="hint">{problem}</p>}
      {more && (
        <p ref={end} className="hint">
          {words.loadingOlder}
        </p>
      )}
    </>
  )
}

function Row({ event: { at, level, message, good } }: { event: RunEvent }) {
  const kind = level === 'info' && good ? 'good' : level
  return (
    <li className={`run-log-row ${kind}`}>
      <time className="number" dateTime={new Date(at).toISOString()} title={day(at)}>
        {clock(at)}
      </time>
      <span className="run-sign" role="img" aria-label={words.eventLevels[kind]}>
        {kind === 'info' ? '·' : <Icon name={kind === 'good' ? 'check' : 'warning'} size={12} />}
      </span>
      <span>{message}</span>
    </li>
  )
}
