import { Button } from '@mantine/core'
import { useState } from 'react'
import type { DatasetChoice } from '../../contract/app.ts'
import type { DatasetInspection } from '../../contract/dataset-inspection.ts'
import { Icon } from '../components/icon.tsx'
import { fileSize } from '../components/numbers.ts'
import { Strip } from '../components/sections.tsx'
import { datasetStrings as words } from '../strings/dataset.ts'
import { useProject } from '../use-project.tsx'
import { FileButtons } from './file-buttons.tsx'
import { FileList } from './file-list.tsx'
import { ImportLine } from './import-line.tsx'
import { UploadLine } from './upload-line.tsx'
import type { DatasetActions } from './use-dataset-choice.ts'

/** The files: name, layout, size, how far they are read, and what is wrong with them. */
export function FileStrip({
  choice,
  inspection,
  inspectionProblem,
  actions,
  locked,
}: {
  choice: DatasetChoice
  inspection: DatasetInspection | null
  inspectionProblem: string | null
  actions: DatasetActions
  locked: boolean
}) {
  const { data } = useProject().draft
  const key = JSON.stringify(choice)
  const [stopped, setStopped] = useState<string | null>(null)
  const files = inspection?.files ?? []
  const first = files[0]
  const name = first?.name ?? baseName(choice.sources[0] ?? '')
  const count = files.length + (inspection?.moreFiles ?? 0)
  const format = data?.mapping.format ?? choice.mapping?.format ?? first?.detected?.format
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  // What no layout fits waits for the person to say what the columns hold.
  const unknown =
    choice.mapping === null
      ? files
          .filter(({ columns, detected }) => columns.length > 0 && detected === null)
          .map((file) => file.name)
      : []
  const canRead = !data && !locked && !actions.upload && inspection !== null && unknown.length === 0
  const leaveOut = (path: string) => {
    const sources = choice.sources.filter((source) => source !== path)
    const isOurs = sources.length > 0 && sources.length < choice.sources.length
    return locked || !isOurs ? null : () => actions.choose({ ...choice, sources })
  }
  return (
    <div className="file-strip">
      <div className="file-head">
        <span className="file-mark">
          <Icon name="file" size={18} />
        </span>
        <div className="file-words">
          <div className="row">
            <strong className="file-name clip" title={choice.sources.join('\n')}>
              {count > 1 ? words.file.andMore(name, count - 1) : name}
            </strong>
            {format && (
              <span className="tag row">
                <Icon name="check" size={12} />
                {words.formats[format]}
                {first && `, ${words.kinds[first.kind]}`}
              </span>
            )}
          </div>
          <p className="hint number">
            {inspection ? words.file.size(fileSize(bytes), count) : words.file.looking}
            {data && `, ${words.file.read(data.readRows)}`} {!locked && data && words.file.dropHint}
          </p>
        </div>
        {!locked && (
          <div className="row">
            <Button variant="subtle" disabled={actions.busy} onClick={actions.clear}>
              {words.file.clear}
            </Button>
            <FileButtons actions={actions} replace />
          </div>
        )}
      </div>
      {actions.upload && <UploadLine upload={actions.upload} onStop={actions.stopUpload} />}
      {actions.problem && <Strip kind="error">{actions.problem}</Strip>}
      {!data && inspectionProblem && <Strip kind="error">{inspectionProblem}</Strip>}
      {!data && unknown.length > 0 && (
        <Strip kind="warning">{words.file.unknown(unknown.slice(0, 3).join(', '))}</Strip>
      )}
      {canRead && stopped !== key && <ImportLine key={key} onStop={() => setStopped(key)} />}
      {canRead && stopped === key && (
        <Strip
          kind="info"
          actions={
            <Button variant="default" size="compact-sm" onClick={() => setStopped(null)}>
              {words.file.again}
            </Button>
          }
        >
          {words.file.stopped}
        </Strip>
      )}
      {data && inspectionProblem && <Strip kind="warning">{inspectionProblem}</Strip>}
      {!locked && <Unreadable />}
      {count > 1 && <FileList files={files} moreFiles={inspection?.moreFiles ?? 0} onLeaveOut={leaveOut} />}
    </div>
  )
}

/** Broken lines are no reason to stop, but someone may want to mend them. */
function Unreadable() {
  const { data } = useProject().draft
  const broken = (data?.dropped.unreadable ?? 0) + (data?.dropped['invalid-utf8'] ?? 0)
  const first = data?.examples.find(({ reason }) => reason === 'unreadable' || reason === 'invalid-utf8')
  if (!data || !first || broken === 0) return null
  const { row, source, detail } = first
  return (
    <Strip kind="warning">
      {words.file.unreadable(row, baseName(source), detail, data.readRows - broken, broken)}
    </Strip>
  )
}

const baseName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path
