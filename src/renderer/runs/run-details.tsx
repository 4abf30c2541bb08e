import { Button, Checkbox, Modal, TagsInput, Textarea } from '@mantine/core'
import { useState } from 'react'
import type { ListedRun } from '../../contract/app.ts'
import { fileSize, whole } from '../components/numbers.ts'
import { Strip } from '../components/sections.tsx'
import { go } from '../navigation.tsx'
import { runsStrings as words } from '../strings/runs.ts'
import { useAction, useCall, useMain } from '../use-main.ts'

/** Note, tags, disk use, and what can be done with a run. */
export function RunDetails({
  run,
  onChange,
  onGone,
}: {
  run: ListedRun
  onChange: () => void
  onGone: () => void
}) {
  const client = useMain()
  const action = useAction()
  const { value: disk } = useCall('projectDisk', { projectId: run.projectId })
  const { value: host } = useCall('host', {})
  const [note, setNote] = useState(run.note)
  const [isDeleting, setDeleting] = useState(false)
  const annotate = (changes: { note?: string; tags?: string[] }): void =>
    action.run(() => client.call('annotateRun', { runId: run.id, ...changes }).then(onChange))
  const open = (step: 'run' | 'results'): void => go({ name: 'project', projectId: run.projectId, step })
  return (
    <div className="section runs-details">
      <h2>{words.name(run.project, run.id)}</h2>
      <div className="row">
        <Button variant="default" onClick={() => open('run')}>
          {words.open}
        </Button>
        {run.scores.length > 0 && (
          <Button variant="default" onClick={() => open('results')}>
            {words.results}
          </Button>
        )}
        {host?.opensFolders && (
          <Button
            variant="default"
            onClick={() => action.run(() => client.call('openPath', { path: run.projectDir }))}
          >
            {words.folder}
          </Button>
        )}
      </div>
      {action.problem && <Strip kind="error">{action.problem}</Strip>}
      <Textarea
        label={words.note}
        description={words.noteHelp}
        autosize
        minRows={3}
        maxRows={12}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        onBlur={() => note !== run.note && annotate({ note })}
      />
      <TagsInput
        label={words.tags}
        description={words.tagsHelp}
        value={run.tags}
        onChange={(tags) => annotate({ tags })}
      />
      <dl className="runs-facts number">
        <dt>{words.disk}</dt>
        <dd>{disk ? words.diskValue(fileSize(disk.bytes), whole(disk.files)) : words.counting}</dd>
      </dl>
      <Button
        variant="subtle"
        color="red"
        disabled={run.live}
        title={run.live ? words.live : undefined}
        onClick={() => setDeleting(true)}
      >
        {words.delete}
      </Button>
      {isDeleting && (
        <DeleteRun
          run={run}
          size={disk ? fileSize(disk.bytes) : words.counting}
          onClose={() => setDeleting(false)}
          onDeleted={() => {
            onGone()
            onChange()
          }}
        />
      )}
    </div>
  )
}

/** Names what goes and what stays. */
function DeleteRun({
  run,
  size,
  onClose,
  onDeleted,
}: {
  run: ListedRun
  size: string
  onClose: () => void
  onDeleted: () => void
}) {
  const client = useMain()
  const action = useAction()
  const [withFiles, setWithFiles] = useState(false)
  const remove = (): void =>
    action.run(() =>
      client.call('deleteProject', { projectId: run.projectId, withFiles }).then(() => {
        onClose()
        onDeleted()
      }),
    )
  return (
    <Modal opened onClose={onClose} title={words.deleteTitle(run.project, run.id)}>
      <div className="runs-delete">
        <p>{words.deleteWords(size)}</p>
        <Checkbox
          label={words.deleteFiles}
          description={withFiles ? undefined : words.deleteFilesOff}
          checked={withFiles}
          onChange={(event) => setWithFiles(event.currentTarget.checked)}
        />
        {action.problem && <Strip kind="error">{action.problem}</Strip>}
        <div className="row runs-buttons">
          <Button variant="default" onClick={onClose}>
            {words.keep}
          </Button>
          <Button color="red" loading={action.busy} onClick={remove}>
            {words.confirm}
          </Button>
        </div>
      </div>
    </Modal>
  )
}
