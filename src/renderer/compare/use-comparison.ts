import { useEffect, useState } from 'react'
import type { ComparedRun } from '../../contract/app.ts'
import { messageOf, useMain } from '../use-main.ts'

/** The runs with their curves and scores, asked again when `version` is another: one of them has come further. */
export function useComparison(
  ids: readonly number[],
  /** By place; null = the one in use. */
  iterations: readonly (number | null)[],
  version: string,
): { runs: ComparedRun[] | null; problem: string | null } {
  const client = useMain()
  const [loaded, setLoaded] = useState<{ runs: ComparedRun[] | null; problem: string | null }>({
    runs: null,
    problem: null,
  })
  const key = JSON.stringify(ids.map((runId, i) => ({ runId, iteration: iterations[i] ?? null })))
  useEffect(() => {
    const items = JSON.parse(key) as { runId: number; iteration: number | null }[]
    if (items.length === 0) return undefined
    const abort = new AbortController()
    client.call('compareRuns', { items }, { signal: abort.signal }).then(
      ({ runs }) => setLoaded({ runs, problem: null }),
      (error: unknown) => {
        if (!abort.signal.aborted) setLoaded({ runs: null, problem: messageOf(error) })
      },
    )
    return () => abort.abort()
  }, [client, key, version])
  return loaded
}
