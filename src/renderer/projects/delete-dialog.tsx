import { Button, Checkbox, Modal } from '@mantine/core'
import { useState } from 'react'
import type { ProjectSummary, RunSummary } from '../../contract/app.ts'
import { fileSize, whole } from '../components/numbers.ts'
import { Strip } from '../components/sections.tsx'
import { useReturnFocus } from '../components/use-return-focus.ts'
import { projectsStrings as words } from '../strings/projects.ts'
import { useAction, useCall, useMain } from '../use-main.ts'

/** Names what goes and what stays, with the bytes, before anything is deleted. */
export function DeleteDialog({
  project,
  run,
  onClose,
  onDeleted,
}: {
  project: Pick<ProjectSummary, 'id' | 'name' | 'dir'>
  run: RunSummary | null
  onClose: () => void
  onDeleted?: () => void
}) {
  useReturnFocus()
  const client = useMain()
  const action = useAction()
  const { value: disk, problem } = useCall('projectDisk', { projectId: project.id })
  const [withFiles, setWithFiles] = useState(true)
  const iterations = run?.scores.filter(({ iteration }) => iteration >= 0).length ?? 0
  const size = disk && fileSize(disk.bytes)
  const remove = (): void =>
    action.run(async () => {
      await client.call('deleteProject', { projectId: project.id, withFiles })
      onClose()
      onDeleted?.()
    })
  return (
    <Modal opened onClose={onClose} title={words.deleteTitle(project.name)} centered size={480}>
      <ul className="delete-list">
        <li>{run ? words.run(run.id, iterations) : words.draft}</li>
      </ul>
      {disk?.files === 0 ? null : (
        <>
          <Checkbox
            size="xs"
            className="delete-files"
            checked={withFiles}
            onChange={(event) => setWithFiles(event.currentTarget.checked)}
            label={disk ? words.files(whole(disk.files), fileSize(disk.bytes)) : words.counting}
          />
          <p className="hint">{project.dir}</p>
        </>
      )}
      {!withFiles && <p className="hint">{words.filesOff}</p>}
      <p className="hint">{words.keeps}</p>
      {withFiles && disk !== null && disk.usedBy.length > 0 && (
        <Strip kind="warning">{words.usedBy(disk.usedBy.join(', '))}</Strip>
      )}
      {(problem ?? action.problem) && <Strip kind="error">{problem ?? action.problem}</Strip>}
      <div className="row dialog-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          {words.keep}
        </Button>
        <Button
          variant="default"
          className="destructive"
          loading={action.busy}
          disabled={withFiles && !disk}
          onClick={remove}
        >
          {disk?.files === 0 ? words.confirmEmpty : words.confirm(withFiles ? (size ?? '…') : null)}
        </Button>
      </div>
    </Modal>
  )
}
