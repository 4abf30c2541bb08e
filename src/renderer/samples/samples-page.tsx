import { useState } from 'react'
import type { SampleIteration, SamplesView, SampleSplit } from '../../contract/app.ts'
import { EmptyStep } from '../components/empty-step.tsx'
import { PageFrame } from '../components/page-frame.tsx'
import { Strip } from '../components/sections.tsx'
import { samplesStrings as words } from '../strings/samples.ts'
import { useStream } from '../use-main.ts'
import { useProject } from '../use-project.tsx'
import { SampleBrowser } from './sample-browser.tsx'
import './samples.css'

const newest = (_before: SamplesView | null, event: SamplesView): SamplesView => event

/** Pairs of the run one by one, with what the new model and its opponent think of each token. */
export function SamplesPage() {
  const { id: projectId, run } = useProject()
  const { value: view, problem } = useStream('samples', { projectId }, newest)
  if (problem) {
    return (
      <PageFrame title={words.title}>
        <Strip kind="error">{problem}</Strip>
      </PageFrame>
    )
  }
  if (!view) {
    return (
      <PageFrame title={words.title}>
        <p className="center hint" aria-busy="true">
          {words.loading}
        </p>
      </PageFrame>
    )
  }
  const shown = view.iterations.filter(({ rows }) => rows.test !== null || rows.train !== null)
  if (view.run === null || shown.length === 0) {
    const step = run ? 'run' : 'plan'
    return (
      <PageFrame title={words.title}>
        <EmptyStep title={words.emptyTitle} step={step} link={run ? words.toRun : words.toPlan}>
          {words.empty}
        </EmptyStep>
      </PageFrame>
    )
  }
  return <ChosenIteration key={view.run} run={view.run} iterations={shown} projectId={projectId} />
}

/** A new iteration becomes selectable; what is looked at stays. */
function ChosenIteration({
  run,
  iterations,
  projectId,
}: {
  run: number
  iterations: SampleIteration[]
  projectId: string
}) {
  const [chosen, choose] = useState(() => firstShown(iterations).iteration)
  const [wanted, setSplit] = useState<SampleSplit>('test')
  const iteration = iterations.find((one) => one.iteration === chosen) ?? firstShown(iterations)
  const split = iteration.rows[wanted] === null ? (wanted === 'test' ? 'train' : 'test') : wanted
  return (
    <SampleBrowser
      run={run}
      projectId={projectId}
      iterations={iterations}
      iteration={iteration}
      split={split}
      onIteration={choose}
      onSplit={setSplit}
    />
  )
}

/** The newest that can be looked at whole, else the newest. */
const firstShown = (iterations: SampleIteration[]): SampleIteration =>
  iterations.findLast(({ hasScores }) => hasScores.test) ?? iterations.at(-1)!
