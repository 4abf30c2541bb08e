import type { DatasetFile } from '../../contract/dataset-inspection.ts'
import { fileSize } from '../components/numbers.ts'
import { datasetStrings as words } from '../strings/dataset.ts'

const filesShown = 6

/** The files of a set of several, and what is wrong with each. */
export function FileList({
  files,
  moreFiles,
  onLeaveOut,
}: {
  files: readonly DatasetFile[]
  moreFiles: number
  /** null where a file can't be taken out alone: it is locked, or part of a folder. */
  onLeaveOut: (path: string) => (() => void) | null
}) {
  // What has a problem comes first: it must not hide behind "more".
  const sorted = files.toSorted((a, b) => Number(b.problem !== null) - Number(a.problem !== null))
  const hidden = moreFiles + Math.max(0, sorted.length - filesShown)
  return (
    <ul className="file-list">
      {sorted.slice(0, filesShown).map(({ path, name, bytes, kind, split, problem }) => (
        <li key={path} className={problem ? 'error' : undefined}>
          <span className="clip" title={path}>
            {name}
          </span>
          <span className="hint">
            {words.kinds[kind]}, {fileSize(bytes)}
          </span>
          {split && <span className="tag">{words.splits[split]}</span>}
          {problem && <LeaveOut name={name} leave={onLeaveOut(path)} />}
          {problem && <span className="file-problem">{problem}</span>}
        </li>
      ))}
      {hidden > 0 && <li className="hint">{words.file.moreFiles(hidden)}</li>}
    </ul>
  )
}

function LeaveOut({ name, leave }: { name: string; leave: (() => void) | null }) {
  return (
    leave && (
      <button
        type="button"
        className="link accent"
        aria-label={words.file.leaveOutNamed(name)}
        onClick={leave}
      >
        {words.file.leaveOut}
      </button>
    )
  )
}
