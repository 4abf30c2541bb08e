import { useCallback, useRef, useState } from 'react'
import type { RunEvent } from '../../contract/app.ts'
import { messageOf, useMain } from '../use-main.ts'

const pageSize = 100
const streamed = 50

/** The newest events from the run's stream, and the pages before them as they are asked for. */
export function useOlderEvents(
  runId: number,
  newest: readonly RunEvent[],
  onlyWarnings: boolean,
): { events: readonly RunEvent[]; more: boolean; problem: string | null; loadMore: () => void } {
  const client = useMain()
  const [older, setOlder] = useState<readonly RunEvent[]>([])
  const [answered, setAnswered] = useState<boolean | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const isLoading = useRef(false)
  const known = onlyWarnings ? newest.filter(({ level }) => level !== 'info') : newest
  const oldest = older.at(-1)?.id ?? known.at(-1)?.id ?? null
  const loadMore = useCallback(() => {
    if (isLoading.current) return
    isLoading.current = true
    client
      .call('runEvents', { runId, beforeId: oldest, limit: pageSize, warningsOnly: onlyWarnings })
      .then(({ events, more }) => {
        setOlder((before) => [...before, ...events])
        setAnswered(more)
      })
      .catch((error: unknown) => setProblem(messageOf(error)))
      .finally(() => {
        isLoading.current = false
      })
  }, [client, runId, oldest, onlyWarnings])
  const more = problem === null && (answered ?? newest.length >= streamed)
  const seen = new Set(known.map(({ id }) => id))
  return { events: [...known, ...older.filter(({ id }) => !seen.has(id))], more, problem, loadMore }
}

/** Those that were seen stay when newer ones push them out of the stream's newest. */
export function mergeEvents(before: readonly RunEvent[], newest: readonly RunEvent[]): readonly RunEvent[] {
  const oldest = newest.at(-1)?.id
  if (oldest === undefined) return newest
  const first = before[0]?.id
  if (first !== undefined && first === newest[0]?.id && before.length >= newest.length) return before
  // A hole between the two is read again with the older pages.
  return first === undefined || first < oldest
    ? newest
    : [...newest, ...before.filter(({ id }) => id < oldest)]
}
