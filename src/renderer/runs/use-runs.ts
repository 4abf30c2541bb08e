import { useEffect, useState } from 'react'
import type { ListedRun } from '../../contract/app.ts'
import { messageOf, useAction, useMain } from '../use-main.ts'

interface Listed {
  search: string
  runs: readonly ListedRun[] | null
  more: boolean
  problem: string | null
}

export interface Runs {
  runs: readonly ListedRun[] | null
  more: boolean
  problem: string | null
  loading: boolean
  loadMore(): void
  /** What was done to a run here; null = it is gone. */
  change(id: number, change: Partial<ListedRun> | null): void
}

/** The newest runs, asked again whenever `version` is another; older pages that were asked for stay. */
export function useRuns(search: string, version: string): Runs {
  const client = useMain()
  const paging = useAction()
  const [listed, setListed] = useState<Listed>({ search, runs: null, more: false, problem: null })
  useEffect(() => {
    const abort = new AbortController()
    client.call('listRuns', { search }, { signal: abort.signal }).then(
      ({ runs, more }) =>
        setListed((before) => {
          const last = runs.at(-1)?.id
          const isSame = before.search === search && more && last !== undefined
          const older = isSame ? (before.runs ?? []).filter(({ id }) => id < last) : []
          return {
            search,
            runs: [...runs, ...older],
            more: older.length > 0 ? before.more : more,
            problem: null,
          }
        }),
      (error: unknown) => {
        if (!abort.signal.aborted) setListed((before) => ({ ...before, problem: messageOf(error) }))
      },
    )
    return () => abort.abort()
  }, [client, search, version])
  const last = listed.runs?.at(-1)?.id ?? null
  return {
    ...listed,
    problem: listed.problem ?? paging.problem,
    loading: paging.busy,
    loadMore: () =>
      paging.run(async () => {
        const page = await client.call('listRuns', { search, beforeId: last })
        setListed((before) =>
          before.search === search && before.runs?.at(-1)?.id === last
            ? { ...before, runs: [...(before.runs ?? []), ...page.runs], more: page.more }
            : before,
        )
      }),
    change: (id, change) =>
      setListed((before) => ({
        ...before,
        runs:
          before.runs?.flatMap((run) =>
            run.id !== id ? [run] : change === null ? [] : [{ ...run, ...change }],
          ) ?? null,
      })),
  }
}
