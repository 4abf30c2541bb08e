import { useEffect, useState } from 'react'
import type { ModelCard } from '../../contract/engine.ts'
import { messageOf, useMain, type Loaded } from '../use-main.ts'

/**
 * What is known of the chosen folder. Projects of the terminal have recorded no card, and older versions none with a template:
 * their folder is looked at now.
 */
export function useModelCard(dir: string | null, known: ModelCard | null): Loaded<ModelCard> {
  const client = useMain()
  const [inspected, setInspected] = useState<Loaded<ModelCard> & { dir: string | null }>({
    dir: null,
    value: null,
    problem: null,
  })
  const isWanted = dir !== null && known?.template == null
  useEffect(() => {
    if (!isWanted) return
    const abort = new AbortController()
    client.call('inspectModel', { dir }, { signal: abort.signal }).then(
      (value) => setInspected({ dir, value, problem: null }),
      (error: unknown) => {
        if (!abort.signal.aborted) setInspected({ dir, value: null, problem: messageOf(error) })
      },
    )
    return () => abort.abort()
  }, [client, dir, isWanted])
  const found = isWanted && inspected.dir === dir ? inspected : { value: null, problem: null }
  return { value: found.value ?? known, problem: known ? null : found.problem }
}
