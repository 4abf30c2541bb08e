import { Button } from '@mantine/core'
import type { RunSummary } from '../../contract/app.ts'
import { Section, Strip } from '../components/sections.tsx'
import { go } from '../navigation.tsx'
import { homeStrings as words } from '../strings/home.ts'
import { useMain } from '../use-main.ts'

/** After a crash or a reboot, the run that was cut off; else the newest run where it is paused. And what to do. */
export function StoppedRun({
  runs,
  act,
}: {
  runs: readonly RunSummary[]
  act: (work: () => Promise<unknown>) => void
}) {
  const client = useMain()
  const cutOff = runs.find(({ state, live }) => state === 'running' && !live)
  const run = cutOff ?? runs.slice(0, 1).find(isPaused)
  if (!run) return null
  return (
    <Section name={words.stopped.title}>
      <Strip
        kind={cutOff ? 'warning' : 'info'}
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
        {cutOff ? words.stopped.interrupted(run.project, run.id) : words.stopped.paused(run.project, run.id)}
      </Strip>
    </Section>
  )
}

const isPaused = ({ state, live, errorCode }: RunSummary): boolean =>
  state === 'paused' && !live && errorCode !== 'CANCELLED'
