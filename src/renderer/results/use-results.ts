import { useCallback, useEffect, useState } from 'react'
import type { ResultsView } from '../../contract/app.ts'
import { messageOf, useMain } from '../use-main.ts'

/** Asked again whenever the run has come further. */
export function useResults(runId: number, version: string) {
  const client = useMain()
  const [loaded, setLoaded] = useState<{ results: ResultsView | null; problem: string | null }>({
    results: null,
    problem: null,
  })
  const load = useCallback(
    () =>
      client.call('results', { runId }).then(
        (results) => setLoaded({ results, problem: null }),
        (error: unknown) => setLoaded(({ results }) => ({ results, problem: messageOf(error) })),
      ),
    [client, runId],
  )
  useEffect(() => {
    void load()
  }, [load, version])
  return { ...loaded, reload: load }
}
