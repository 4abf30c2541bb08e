import { Button, Tooltip } from '@mantine/core'
import { useState } from 'react'
import type { SampleQuery, SampleSetRequest } from '../../contract/app.ts'
import { samplesStrings as words } from '../strings/samples.ts'
import { useAction, useMain } from '../use-main.ts'

/** Saves the listed rows as a file of JSON Lines. */
export function ExportRows({ set, query, run }: { set: SampleSetRequest; query: SampleQuery; run: number }) {
  const client = useMain()
  const action = useAction()
  const [share, setShare] = useState(0)
  const save = async (): Promise<void> => {
    setShare(0)
    const parts: Blob[] = []
    for await (const { bytes, done, total } of client.stream('exportSamples', { ...set, ...query })) {
      parts.push(new Blob([bytes as Uint8Array<ArrayBuffer>]))
      setShare(done / Math.max(1, total))
    }
    const rows = set.split === 'test' ? 'held-back' : 'training'
    download(
      new Blob(parts, { type: 'application/jsonl' }),
      `samples-run-${run}-iteration-${set.iteration}-${rows}.jsonl`,
    )
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

/** In the window the shell asks where to save it. */
function download(file: Blob, name: string): void {
  const address = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}
