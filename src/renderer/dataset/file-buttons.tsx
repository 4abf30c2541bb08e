import { Button } from '@mantine/core'
import { useRef } from 'react'
import { Icon } from '../components/icon.tsx'
import { datasetStrings as words } from '../strings/dataset.ts'
import type { DatasetActions } from './use-dataset-choice.ts'

const accepted = '.jsonl,.json,.csv,.parquet,.ndjson'

/** The same files that can be dropped, for the keyboard: the host's own file dialog. */
export function FileButtons({ actions, replace }: { actions: DatasetActions; replace: boolean }) {
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  const take = (input: HTMLInputElement) => {
    if (input.files && input.files.length > 0) actions.takePicked(input.files)
    // The same file can be chosen again after it was corrected.
    input.value = ''
  }
  return (
    <>
      <input
        ref={files}
        type="file"
        multiple
        accept={accepted}
        hidden
        aria-label={words.empty.chooseFiles}
        onChange={(event) => take(event.currentTarget)}
      />
      <input
        ref={folder}
        type="file"
        hidden
        aria-label={words.empty.chooseFolder}
        onChange={(event) => take(event.currentTarget)}
        {...{ webkitdirectory: '' }}
      />
      {replace ? (
        <Button
          variant="default"
          disabled={actions.busy}
          leftSection={<Icon name="replace" />}
          onClick={() => files.current?.click()}
        >
          {words.file.replace}
        </Button>
      ) : (
        <>
          <Button disabled={actions.busy} onClick={() => files.current?.click()}>
            {words.empty.chooseFiles}
          </Button>
          <Button variant="default" disabled={actions.busy} onClick={() => folder.current?.click()}>
            {words.empty.chooseFolder}
          </Button>
        </>
      )}
    </>
  )
}
