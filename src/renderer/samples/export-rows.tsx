import { Button, Tooltip } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { SampleQuery, SampleSetRequest } from '../../contract/app.ts'
import { saveBytes } from '../host/save-bytes.ts'
import { samplesStrings as words } from '../strings/samples.ts'
import { useAction, useMain } from '../use-main.ts'

/** Saves the listed rows as a file of JSON Lines. */
export function ExportRows({ set, query, run }: { set: SampleSetRequest; query: SampleQuery; run: number }) {
  const client = useMain()
  const action = useAction()
  const [share, setShare] = useState(0)
  const abort = useRef<AbortController | null>(null)
  useEffect(() => () => abort.current?.abort(), [])
  const save = async (): Promise<void> => {
    setShare(0)
    abort.current = new AbortController()
    const { signal } = abort.current
    const parts: Blob[] = []
    for await (const { bytes, done, total } of client.stream(
      'exportSamples',
      { ...set, ...query },
      { signal },
    )) {
      parts.push(new Blob([bytes as Uint8Array<ArrayBuffer>]))
      setShare(done / Math.max(1, total))
    }
    const rows = set.split === 'test' ? 'held-back' : 'training'
    if (signal.aborted) return
    const name = `samples-run-${run}-iteration-${set.iteration}-${rows}.jsonl`
    await saveBytes(client, name, new Uint8Array(await new Blob(parts).arrayBuffer()))
  }
  return (
    <>
      {action.problem && (
        <span className="problem" role="alert">
          {action.problem}
        </span>
      )}
      <Tooltip label={words.exportHint}>
        <Button variant="default" disabled={action.busy} onClick={() => action.run(save)}>
          {action.busy ? words.exporting(`${Math.floor(100 * share)}%`) : words.exportRows}
        </Button>
      </Tooltip>
    </>
  )
}
