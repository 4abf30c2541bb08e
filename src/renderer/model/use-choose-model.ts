import { useEffect, useRef, useState } from 'react'
import { messageOf, useMain } from '../use-main.ts'

/** Looks at a folder and chooses it; what was chosen stays until the folder has been found sound. */
export function useChooseModel(projectId: string): {
  /** The folder being looked at. */
  inspecting: string | null
  problem: string | null
  choose(dir: string): void
  stop(): void
} {
  const client = useMain()
  const [inspecting, setInspecting] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const abort = useRef<AbortController | null>(null)
  useEffect(() => () => abort.current?.abort(), [])
  return {
    inspecting,
    problem,
    stop: () => abort.current?.abort(),
    choose(dir) {
      abort.current?.abort()
      const mine = new AbortController()
      abort.current = mine
      setInspecting(dir)
      setProblem(null)
      client
        .call('chooseModel', { projectId, modelDir: dir }, { signal: mine.signal })
        .catch((error: unknown) => {
          if (!mine.signal.aborted) setProblem(messageOf(error))
        })
        .finally(() => {
          if (abort.current === mine) setInspecting(null)
        })
    },
  }
}
