import { Button } from '@mantine/core'
import type { HomeView } from '../../contract/app.ts'
import { go } from '../navigation.tsx'
import { useAction, useMain } from '../use-main.ts'
import { MachinePane } from './machine-pane.tsx'
import { RunningNow } from './running-now.tsx'
import { RunsTable } from './runs-table.tsx'
import { StarterSection } from './starter-section.tsx'

export function HomePage({ home }: { home: HomeView | null }) {
  const onOpen = (run: number): void => {
    const projectId = home?.runs.find(({ id }) => id === run)?.projectId
    if (projectId) go({ name: 'project', projectId, step: 'run' })
  }
  const client = useMain()
  const start = useAction()
  const live = home?.runs.find(({ id }) => id === home.liveRun)
  const startStarter = (): void => start.run(() => client.call('startStarter', {}))
  const problem = start.problem ?? home?.startProblem
  return (
    <main className="page" aria-label="Home">
      <div className="page-head">
        <h1>Home</h1>
        {live && <Button onClick={() => onOpen(live.id)}>Open run {live.id}</Button>}
      </div>
      <div className="panes">
        <div className="pane">
          {problem && (
            <div className="section" role="alert">
              <div className="strip error">The starter did not start. {problem}</div>
            </div>
          )}
          {live && home && <RunningNow run={live} progress={home.progress} />}
          {home && home.runs.length > 0 && <RunsTable runs={home.runs} onOpen={onOpen} />}
          <StarterSection
            primary={home !== null && home.runs.length === 0}
            blocked={start.busy || home?.starting === true || home?.liveRun != null}
            onStart={startStarter}
          />
        </div>
        <MachinePane />
      </div>
    </main>
  )
}
