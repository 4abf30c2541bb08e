import { useEffect, useState } from 'react'
import type { BenchmarksView } from '../../contract/app/benchmarks.ts'
import type { BenchmarkTaskData } from '../../contract/benchmarks.ts'
import { useKept } from '../components/use-kept.ts'
import { messageOf, useMain } from '../use-main.ts'
import { firstChoice, resolveChoice, type MeasureChoice, type ResolvedChoice } from './measure-choice.ts'

export interface Measure extends ResolvedChoice {
  choice: MeasureChoice
  set(change: Partial<MeasureChoice>): void
  /** null while it is looked for. */
  data: readonly BenchmarkTaskData[] | null
  dataDir: string | null
  dataProblem: string | null
  /** Looks at the data folder anew. */
  lookAgain(): void
}

const noData: readonly BenchmarkTaskData[] = []

/** The choice, the data that there is for it, and what follows from both. */
export function useMeasure(view: BenchmarksView, projectId: string): Measure {
  const [choice, keep] = useKept<MeasureChoice>(`benchmark-choice-${projectId}`, firstChoice)
  const client = useMain()
  const [version, setVersion] = useState(0)
  const [found, setFound] = useState<{
    tasks: readonly BenchmarkTaskData[]
    dataDir: string | null
  } | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const files = JSON.stringify(choice.taskFiles)
  useEffect(() => {
    const abort = new AbortController()
    client.call('benchmarkData', { taskFiles: JSON.parse(files) as string[] }, { signal: abort.signal }).then(
      (data) => {
        setFound(data)
        setProblem(null)
      },
      // What was found before stays: a YAML with a mistake hides no other task.
      (error: unknown) => {
        if (!abort.signal.aborted) setProblem(messageOf(error))
      },
    )
    return () => abort.abort()
  }, [client, files, version, view.dataDir])
  return {
    ...resolveChoice(choice, view, found?.tasks ?? noData),
    choice,
    set: (change) => keep({ ...choice, ...change }),
    data: found?.tasks ?? null,
    dataDir: found?.dataDir ?? view.dataDir,
    dataProblem: problem,
    lookAgain: () => setVersion((n) => n + 1),
  }
}
