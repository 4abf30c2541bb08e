import { Button } from '@mantine/core'
import type { RunView } from '../../contract/app.ts'
import { MetricChart, smoothing, type MetricLine } from '../charts/metric-chart.tsx'
import { addSteps, emptySteps, type RunSteps } from '../charts/run-steps.ts'
import { progressLine, timeLeft } from '../components/progress-line.ts'
import { RunState } from '../components/run-state.tsx'
import { useAction, useMain, useStream } from '../use-main.ts'
import { useProject } from '../use-project.tsx'
import { EventLog } from './event-log.tsx'
import { Readouts } from './readouts.tsx'
import { ScoreTable } from './score-table.tsx'
import { Timeline } from './timeline.tsx'

interface Watched {
  view: RunView
  steps: RunSteps
}
const fold = (before: Watched | null, view: RunView): Watched => ({
  view,
  steps: addSteps(before?.steps ?? emptySteps, view.steps),
})

const lossLines: MetricLine[] = [{ column: 'loss', colour: '--text' }]
const rewardLines: MetricLine[] = [
  { column: 'rewardReal', colour: '--human', name: 'human' },
  { column: 'rewardGenerated', colour: '--generated', name: 'generated', dashed: true },
]
const accuracyLines: MetricLine[] = [{ column: 'accuracy', colour: '--text' }]
const ln2 = { value: Math.LN2, words: 'ln 2 = 0.693, no preference yet' }
const coinFlip = { value: 0.5, words: '50%, coin flip' }

export function RunPage() {
  const { run } = useProject()
  if (!run) return <main className="page" />
  return <WatchedRun key={run.id} runId={run.id} />
}

function WatchedRun({ runId }: { runId: number }) {
  const { value, problem } = useStream('run', { runId }, fold)
  if (!value) {
    return (
      <main className="page">
        <p className="center hint">{problem ?? 'Reading the run…'}</p>
      </main>
    )
  }
  const { view, steps } = value
  const { run, progress } = view
  return (
    <main className="page" aria-label={`Run ${run.id}`}>
      <RunHead view={view} />
      <div className="panes" style={{ '--right': '360px' } as React.CSSProperties}>
        <div className="pane">
          <div className="section">
            <Timeline view={view} />
            {progress && (
              <p className="spread secondary number" role="status">
                <span>{progressLine(progress)}</span>
                <span>{timeLeft(progress)}</span>
              </p>
            )}
            {run.error && !run.live && (
              <div className="strip error" role="alert">
                {run.error} What was finished is saved.
              </div>
            )}
            {run.reason && <p className="secondary">{run.reason}</p>}
          </div>
          <Readouts view={view} />
          <p className="hint" style={{ padding: '12px 24px 0', textAlign: 'right' }}>
            Faint: each step. Strong: smoothed, {smoothing}.
          </p>
          <div
            className="section"
            style={{ display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(320px, 1fr))', gap: 24 }}
          >
            <MetricChart title="Loss" unit="nats" steps={steps} lines={lossLines} reference={ln2} from={0} />
            <MetricChart title="Rewards" unit="nats" steps={steps} lines={rewardLines} />
            <MetricChart
              title="Reward accuracy"
              unit="share of pairs where human wins"
              steps={steps}
              lines={accuracyLines}
              reference={coinFlip}
            />
          </div>
          <ScoreTable run={run} />
        </div>
        <EventLog events={view.events} />
      </div>
    </main>
  )
}

function RunHead({ view: { run } }: { view: RunView }) {
  const client = useMain()
  const action = useAction()
  const canResume = !run.live && run.state !== 'finished'
  return (
    <div className="page-head">
      <div>
        <div className="row">
          <h1>
            {run.project}, run {run.id}
          </h1>
          <span className="tag">
            <RunState run={run} />
          </span>
        </div>
        <p className="hint">
          {run.model} on {run.dataset}. {run.live ? 'Safe to close the window.' : run.projectDir}
        </p>
      </div>
      <div className="row">
        {action.problem && <span style={{ color: 'var(--error)' }}>{action.problem}</span>}
        {run.live && (
          <Button
            variant="default"
            loading={action.busy}
            onClick={() => action.run(() => client.call('stopRun', { runId: run.id }))}
          >
            Pause
          </Button>
        )}
        {canResume && (
          <Button
            loading={action.busy}
            onClick={() => action.run(() => client.call('resumeRun', { runId: run.id }))}
          >
            Resume
          </Button>
        )}
      </div>
    </div>
  )
}
