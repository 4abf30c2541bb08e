import type { RunEvent, RunView } from '../../contract/app.ts'
import { addSteps, emptySteps, type RunSteps } from '../charts/run-steps.ts'
import { EmptyStep } from '../components/empty-step.tsx'
import { PageFrame, type Primary } from '../components/page-frame.tsx'
import { go } from '../navigation.tsx'
import { useKeys } from '../components/use-keys.ts'
import { runStrings as words } from '../strings/run.ts'
import { useStream } from '../use-main.ts'
import { useProject } from '../use-project.tsx'
import { Announcer } from './announcer.tsx'
import { ChartsPanel } from './charts-panel.tsx'
import { EventLog } from './event-log.tsx'
import { FractionGrid } from './fraction-grid.tsx'
import { Readouts } from './readouts.tsx'
import { RunControls } from './run-controls.tsx'
import { RunTag, RunTime, subtitleOf } from './run-head.tsx'
import { canResume, phaseOf } from './run-phase.ts'
import { RunStrip } from './run-strip.tsx'
import { ThroughputChart } from './throughput-chart.tsx'
import { Timeline } from './timeline.tsx'
import { mergeEvents } from './use-older-events.ts'
import { useRunActions } from './use-run-actions.ts'
import './run.css'

interface Watched {
  view: RunView
  steps: RunSteps
  events: readonly RunEvent[]
}
const fold = (before: Watched | null, view: RunView): Watched => ({
  view,
  steps: addSteps(before?.steps ?? emptySteps, view.steps),
  events: mergeEvents(before?.events ?? [], view.events),
})

export function RunPage() {
  const { run } = useProject()
  if (run) return <WatchedRun key={run.id} runId={run.id} />
  return (
    <PageFrame title={words.step}>
      <EmptyStep title={words.noRun} step="plan" link={words.toPlan}>
        {words.noRunHelp}
      </EmptyStep>
    </PageFrame>
  )
}

function WatchedRun({ runId }: { runId: number }) {
  const { value, problem } = useStream('run', { runId }, fold)
  if (value) return <OpenRun watched={value} />
  return (
    <main className="page run-empty" aria-busy={problem === null}>
      <p className="center hint">{problem ?? words.reading}</p>
    </main>
  )
}

function OpenRun({ watched: { view, steps, events } }: { watched: Watched }) {
  const { run } = view
  const actions = useRunActions(run.id)
  const phase = phaseOf(run, view.pausing)
  const resume: Primary = {
    words: phase === 'pending' ? words.start : words.resume,
    icon: 'play',
    busy: actions.busy,
    run: actions.resume,
  }
  const hasStrip = phase === 'failed' || phase === 'interrupted' || phase === 'cancelled'
  const toResults: Primary = {
    words: words.toResults,
    icon: 'arrow',
    run: () => go({ name: 'project', projectId: run.projectId, step: 'results' }),
  }
  const primary = phase === 'finished' ? toResults : canResume(phase) && !hasStrip ? resume : null
  useKeys({
    ' ': phase === 'live' ? actions.pause : canResume(phase) && !actions.busy ? actions.resume : null,
  })
  return (
    <PageFrame
      title={words.title(run.id)}
      tag={<RunTag view={view} />}
      subtitle={subtitleOf(view)}
      actions={
        <>
          <RunTime view={view} />
          <RunControls view={view} actions={actions} />
        </>
      }
      primary={primary}
      top={
        <>
          <Timeline view={view} />
          <RunStrip view={view} resume={resume} />
          <Readouts view={view} />
          <Announcer view={view} events={events} />
        </>
      }
      right={
        <>
          <FractionGrid view={view} />
          <ThroughputChart throughput={view.throughput} isLive={run.live} />
          <EventLog view={view} events={events} />
        </>
      }
      rightWidth={416}
      rightName={words.events}
    >
      <ChartsPanel steps={steps} isReading={view.moreSteps} />
      {run.reason && <p className="section secondary">{run.reason}</p>}
    </PageFrame>
  )
}
