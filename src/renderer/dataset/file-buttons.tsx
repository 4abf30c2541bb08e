import { Button } from '@mantine/core'
import { useRef, useState } from 'react'
import { FolderBrowser } from '../components/folder-browser.tsx'
import { Icon } from '../components/icon.tsx'
import { Strip } from '../components/sections.tsx'
import { datasetStrings as words } from '../strings/dataset.ts'
import { useAction, useCall, useMain } from '../use-main.ts'
import type { DatasetActions } from './use-dataset-choice.ts'

const extensions = ['jsonl', 'json', 'csv', 'parquet', 'ndjson']
const accepted = extensions.map((extension) => `.${extension}`).join(',')

/**
 * The same files that can be dropped, for the keyboard: by the system's dialog where the host has one. A browser has only
 * its own machine's dialog, so there the files of the machine that computes are offered beside it.
 */
export function FileButtons({ actions, replace }: { actions: DatasetActions; replace: boolean }) {
  const client = useMain()
  const { value: host } = useCall('host', {})
  const input = useRef<HTMLInputElement>(null)
  const asking = useAction()
  const [browsing, setBrowsing] = useState(false)
  const dialogs = host?.dialogs ?? false
  const title = words.empty.chooseFiles

  function chooseFiles(): void {
    if (!dialogs) return input.current?.click()
    asking.run(async () => {
      const { paths } = await client.call('chooseFiles', { title, extensions })
      if (paths.length > 0) actions.takeSources(paths)
    })
  }
  function chooseElsewhere(): void {
    if (!dialogs) return setBrowsing(true)
    asking.run(async () => {
      const { path } = await client.call('chooseFolder', { title: words.empty.chooseFolder })
      if (path !== null) actions.takeSources([path])
    })
  }

  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        accept={accepted}
        hidden
        aria-label={title}
        onChange={({ currentTarget }) => {
          if (currentTarget.files && currentTarget.files.length > 0) actions.takePicked(currentTarget.files)
          // The same file can be chosen again after it was corrected.
          currentTarget.value = ''
        }}
      />
      <Button
        variant={replace ? 'default' : 'filled'}
        disabled={actions.busy}
        leftSection={replace ? <Icon name="replace" /> : undefined}
        onClick={chooseFiles}
      >
        {replace ? words.file.replace : title}
      </Button>
      {!replace && (
        <Button variant="default" disabled={actions.busy} onClick={chooseElsewhere}>
          {dialogs ? words.empty.chooseFolder : words.empty.browse}
        </Button>
      )}
      {asking.problem && <Strip kind="error">{asking.problem}</Strip>}
      {browsing && (
        <FolderBrowser
          title={words.empty.browse}
          wanted="files"
          extensions={extensions}
          notice={words.empty.browseNotice}
          onClose={() => setBrowsing(false)}
          onChoose={(paths) => {
            setBrowsing(false)
            if (paths.length > 0) actions.takeSources(paths)
          }}
        />
      )}
    </>
  )
}
