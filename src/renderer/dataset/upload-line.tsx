import { Button } from '@mantine/core'
import { fileSize } from '../components/numbers.ts'
import { datasetStrings as words } from '../strings/dataset.ts'
import type { UploadState } from './picked-files.ts'

/** A copy on its way to main. */
export function UploadLine({ upload, onStop }: { upload: UploadState; onStop: () => void }) {
  const { name, doneBytes, totalBytes } = upload
  const percent = totalBytes === 0 ? 100 : (100 * doneBytes) / totalBytes
  const done = words.uploaded(fileSize(doneBytes), fileSize(totalBytes))
  return (
    <div className="progress-line">
      <div className="spread">
        <span className="clip">
          {words.uploading(name)} <span className="hint number">{done}</span>
        </span>
        <Button variant="default" size="compact-xs" onClick={onStop}>
          {words.stop}
        </Button>
      </div>
      <ProgressBar percent={percent} name={words.uploading(name)} />
    </div>
  )
}

export function ProgressBar({ percent, name }: { percent: number; name: string }) {
  return (
    <div className="bar" role="progressbar" aria-label={name} aria-valuenow={Math.round(percent)}>
      <div style={{ width: `${percent}%` }} />
    </div>
  )
}
