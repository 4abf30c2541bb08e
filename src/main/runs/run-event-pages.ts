import { z } from 'zod'
import type { RunEvent } from '../../contract/app/runs.ts'
import type { EventRow } from '../store/measurement-queries.ts'
import type { Store } from '../store/store.ts'

const Good = z.object({ good: z.boolean() }).partial()

function toEvent({ id, createdAt, level, message, data }: EventRow): RunEvent {
  return { id, at: createdAt, level, message, good: Good.safeParse(JSON.parse(data)).data?.good ?? false }
}

export function newestEvents(
  store: Store,
  runId: number,
  limit: number,
): { events: RunEvent[]; counts: { warnings: number; errors: number } } {
  const counts = new Map(store.eventCounts(runId).map(({ level, count }) => [level, count]))
  return {
    events: store.eventPage(runId, limit).map(toEvent),
    counts: { warnings: counts.get('warning') ?? 0, errors: counts.get('error') ?? 0 },
  }
}

/** One more than asked for tells whether there are more. */
export function olderEvents(
  store: Store,
  {
    runId,
    beforeId,
    limit,
    warningsOnly,
  }: { runId: number; beforeId: number | null; limit: number; warningsOnly: boolean },
): { events: RunEvent[]; more: boolean } {
  const read = warningsOnly ? store.warningPage : store.eventPage
  const rows = read(runId, limit + 1, beforeId ?? undefined)
  return { events: rows.slice(0, limit).map(toEvent), more: rows.length > limit }
}
