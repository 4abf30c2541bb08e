import type { HomeView } from '../../contract/app.ts'
import { useCall } from '../use-main.ts'
import { gigabytes } from './numbers.ts'
import { progressLine } from './progress-line.ts'

/** The same on every page: the running job is never lost from sight. */
export function StatusBar({ home, onOpen }: { home: HomeView | null; onOpen: (run: number) => void }) {
  const { value: machine } = useCall('machine', {})
  const live = home?.liveRun ?? null
  return (
    <footer className="status-bar" aria-live="off">
      {live === null ? (
        <span>{home?.starting ? 'Starting…' : 'No run is going on'}</span>
      ) : (
        <button type="button" className="link" onClick={() => onOpen(live)}>
          <strong>Run {live}</strong> {home?.progress ? progressLine(home.progress) : ''}
        </button>
      )}
      {machine && (
        <span className="right number">
          <span>Memory {gigabytes(machine.freeMemoryBytes)} free</span>
          <span>Disk {gigabytes(machine.freeDiskBytes)} free</span>
        </span>
      )}
    </footer>
  )
}
