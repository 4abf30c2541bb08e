import type { RunSummary } from '../../contract/app.ts'
import { StateMark } from './run-state.tsx'

const runsListed = 12

export function Sidebar({
  runs,
  openRun,
  onOpen,
}: {
  runs: RunSummary[]
  openRun: number | null
  onOpen: (run: number | null) => void
}) {
  return (
    <nav className="sidebar" aria-label="Pages">
      <button
        type="button"
        className="nav-row"
        aria-current={openRun === null ? 'page' : undefined}
        onClick={() => onOpen(null)}
      >
        <svg
          width="16"
          height="16"
          viewBox="0 0 16 16"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.4"
          aria-hidden="true"
        >
          <path d="M2 7.5 8 2l6 5.5M3.5 6.5V14h9V6.5M6.5 14v-4h3v4" />
        </svg>
        <span className="name">Home</span>
      </button>
      {runs.length > 0 && <h2>Runs</h2>}
      {runs.slice(0, runsListed).map((run) => (
        <button
          key={run.id}
          type="button"
          className="nav-row"
          aria-current={openRun === run.id ? 'page' : undefined}
          onClick={() => onOpen(run.id)}
        >
          <StateMark run={run} />
          <span className="name">
            {run.project}, run {run.id}
          </span>
        </button>
      ))}
    </nav>
  )
}
