import { Button } from '@mantine/core'
import type { RunSummary } from '../../contract/app.ts'
import { Section, Strip } from '../components/sections.tsx'
import { go } from '../navigation.tsx'
import { homeStrings as words } from '../strings/home.ts'
import { useMain } from '../use-main.ts'

/** After a crash or a reboot: the run that was cut off, and what to do. */
export function StoppedRun({
  runs,
  act,
}: {
  runs: readonly RunSummary[]
  act: (work: () => Promise<unknown>) => void
}) {
  const client = useMain()
  const run = runs.find(({ state, live }) => state === 'running' && !live)
  if (!run) return null
  return (
    <Section name={words.stopped.title}>
      <Strip
        kind="warning"
        actions={
          <>
            <Button
              variant="default"
              onClick={() => go({ name: 'project', projectId: run.projectId, step: 'run' })}
            >
              {words.running.open}
            </Button>
            <Button variant="default" onClick={() => act(() => client.call('resumeRun', { runId: run.id }))}>
              {words.stopped.resume}
            </Button>
          </>
        }
      >
        {words.stopped.interrupted(run.project, run.id)}
      </Strip>
    </Section>
  )
}
