import type { HomeView } from '../../contract/app.ts'
import { go } from '../navigation.tsx'
import { windowStrings as words } from '../strings/window.ts'
import { useCall } from '../use-main.ts'
import { gigabytes } from './numbers.ts'
import { progressLine } from './progress-line.ts'

/** The same on every page: the running job is never lost from sight. */
export function StatusBar({ home }: { home: HomeView | null }) {
  const { value: machine } = useCall('machine', {})
  const live = home?.liveRun ?? null
  const projectId = home?.runs.find(({ id }) => id === live)?.projectId
  return (
    <footer className="status-bar" aria-live="off">
      {live === null || projectId === undefined ? (
        <span>{home?.starting ? words.starting : words.noJob}</span>
      ) : (
        <button
          type="button"
          className="link"
          onClick={() => go({ name: 'project', projectId, step: 'run' })}
        >
          <strong>{words.run(live)}</strong> {home?.progress ? progressLine(home.progress) : ''}
        </button>
      )}
      {machine && (
        <span className="right number">
          <span>{words.memoryFree(gigabytes(machine.freeMemoryBytes))}</span>
          <span>{words.diskFree(gigabytes(machine.freeDiskBytes))}</span>
        </span>
      )}
    </footer>
  )
}
