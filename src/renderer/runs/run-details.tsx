import { Button, Checkbox, Modal, TagsInput, Textarea } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useState } from 'react'
import type { ListedRun } from '../../contract/app.ts'
import { fileSize, whole } from '../components/numbers.ts'
import { Strip } from '../components/sections.tsx'
import { useReturnFocus } from '../components/use-return-focus.ts'
import { go } from '../navigation.tsx'
import { useTell } from '../notices/notices.tsx'
import { runsStrings as words } from '../strings/runs.ts'
import { messageOf, useAction, useCall, useMain } from '../use-main.ts'

const saveAfterMs = 600

/** Note, tags, disk use, and what can be done with a run. */
export function RunDetails({
  run,
  onChange,
  onGone,
}: {
  run: ListedRun
  onChange: (changes: { note?: string; tags?: string[] }) => void
  onGone: () => void
}) {
  const client = useMain()
  const tell = useTell()
  const action = useAction()
  const { value: disk, problem: diskProblem } = useCall('projectDisk', { projectId: run.projectId })
  const { value: host } = useCall('host', {})
  const [note, setNote] = useState(run.note)
  const [tags, setTags] = useState(run.tags)
  const [isDeleting, setDeleting] = useState(false)
  // Told beside the page: it may be another one by then.
  const annotate = (changes: { note?: string; tags?: string[] }): void => {
    client.call('annotateRun', { runId: run.id, ...changes }).then(
      () => onChange(changes),
      (error: unknown) =>
        tell({ id: `note-${run.id}`, kind: 'error', title: words.notKept(run.id), text: messageOf(error) }),
    )
  }
  const keepNote = useDebouncedCallback((next: string) => annotate({ note: next }), {
    delay: saveAfterMs,
    flushOnUnmount: true,
  })
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
        maxLength={10_000}
        onChange={(event) => {
          setNote(event.currentTarget.value)
          keepNote(event.currentTarget.value)
        }}
        onBlur={() => keepNote.flush()}
      />
      <TagsInput
        label={words.tags}
        description={words.tagsHelp}
        maxTags={20}
        value={tags}
        onChange={(next) => {
          const short = next.map((tag) => tag.trim().slice(0, 40)).filter(Boolean)
          setTags(short)
          annotate({ tags: short })
        }}
      />
      <dl className="runs-facts number">
        <dt>{words.disk}</dt>
        <dd>
          {disk ? words.diskValue(fileSize(disk.bytes), whole(disk.files)) : (diskProblem ?? words.counting)}
        </dd>
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
          onDeleted={onGone}
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
  useReturnFocus()
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
