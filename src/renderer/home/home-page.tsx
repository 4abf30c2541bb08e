import { Button } from '@mantine/core'
import type { HomeView } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { PageFrame } from '../components/page-frame.tsx'
import { Section, Strip } from '../components/sections.tsx'
import { go } from '../navigation.tsx'
import { useOpenProject } from '../projects/use-open-project.tsx'
import { homeStrings as words } from '../strings/home.ts'
import { useAction, useMain } from '../use-main.ts'
import { FirstRun } from './first-run.tsx'
import './home.css'
import { MachinePane } from './machine-pane.tsx'
import { ProjectsTable } from './projects-table.tsx'
import { RunningNow } from './running-now.tsx'
import { StarterSection } from './starter-section.tsx'
import { StoppedRun } from './stopped-run.tsx'

/** What is going on, what was worked on, and what the machine is good for. */
export function HomePage({ home }: { home: HomeView | null }) {
  const client = useMain()
  const action = useAction()
  const opening = useOpenProject()
  const isEmpty = home !== null && home.projects.length === 0 && home.runs.length === 0
  const isBusy = home === null || home.starting || home.liveRun !== null
  const startStarter = (): void => action.run(() => client.call('startStarter', {}))
  const create = (): void =>
    action.run(async () => {
      const { projectId } = await client.call('createProject', {})
      go({ name: 'project', projectId, step: 'model' })
    })
  const live = home?.runs.find(({ id }) => id === home.liveRun)
  const problem = action.problem ?? opening.problem
  return (
    <PageFrame
      title={words.title}
      right={<MachinePane />}
      rightName={words.machine.title}
      actions={
        <>
          <Button variant="default" leftSection={<Icon name="folder" />} onClick={opening.open}>
            {words.open}
          </Button>
          {isEmpty && (
            <Button variant="default" leftSection={<Icon name="plus" />} onClick={create}>
              {words.create}
            </Button>
          )}
        </>
      }
      // Not before it is known which: a button must not become another one under the pointer.
      primary={
        home === null
          ? null
          : isEmpty
            ? { words: words.starter.start, icon: 'play', busy: action.busy || isBusy, run: startStarter }
            : { words: words.create, icon: 'plus', run: create }
      }
    >
      {(problem ?? home?.startProblem) && (
        <Section name={words.startProblem}>
          <Strip kind="error">{problem ?? `${words.startProblem} ${home?.startProblem}`}</Strip>
        </Section>
      )}
      {live && <RunningNow key={live.id} runId={live.id} projectId={live.projectId} />}
      {home && !live && !home.starting && <StoppedRun runs={home.runs} act={action.run} />}
      {home && !isEmpty && (
        <ProjectsTable projects={home.projects} runs={home.runs} progress={home.progress} act={action.run} />
      )}
      {isEmpty ? (
        <FirstRun />
      ) : (
        <StarterSection blocked={action.busy || isBusy} runs={home?.runs ?? []} onStart={startStarter} />
      )}
      {opening.dialog}
    </PageFrame>
  )
}
