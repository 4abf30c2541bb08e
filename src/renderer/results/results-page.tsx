import { Button } from '@mantine/core'
import { useState } from 'react'
import { Icon } from '../components/icon.tsx'
import { duration, when, whole } from '../components/numbers.ts'
import { EmptyStep } from '../components/empty-step.tsx'
import { PageFrame } from '../components/page-frame.tsx'
import { Strip } from '../components/sections.tsx'
import { go } from '../navigation.tsx'
import { resultsStrings as words } from '../strings/results.ts'
import { useAction, useCall, useMain } from '../use-main.ts'
import { useProject } from '../use-project.tsx'
import { ExportForm } from './export-form.tsx'
import { modelName } from './model-name.ts'
import { NextActions } from './next-actions.tsx'
import { Remarks } from './remarks.tsx'
import { SavedModels } from './saved-models.tsx'
import { TestCharts } from './test-charts.tsx'
import { TestTable } from './test-table.tsx'
import { useResults } from './use-results.ts'
import { VerdictSection } from './verdict-section.tsx'
import './results.css'

/** What the run has made: the verdict, the score of every model on every test, and what can be done next. */
export function ResultsPage() {
  const { run } = useProject()
  if (!run || run.scores.length === 0) return <NoResults />
  return <RunResults key={run.id} runId={run.id} />
}

function NoResults() {
  const { run } = useProject()
  const step = run ? 'run' : 'plan'
  return (
    <PageFrame title={words.title}>
      <EmptyStep title={words.empty.title} step={step} link={run ? words.empty.action : words.empty.plan}>
        {words.empty.words}
      </EmptyStep>
    </PageFrame>
  )
}

function RunResults({ runId }: { runId: number }) {
  const { id: projectId, run } = useProject()
  const { results, problem, reload } = useResults(runId, `${run?.state} ${run?.scores.length} ${run?.best}`)
  const client = useMain()
  const action = useAction()
  const { value: host } = useCall('host', {})
  const [isExporting, setExporting] = useState(false)
  if (!results) {
    return (
      <PageFrame title={words.title}>
        {problem ? <Strip kind="error">{problem}</Strip> : <div aria-busy="true" />}
      </PageFrame>
    )
  }
  const { verdict, models } = results
  const isDone = results.run.state === 'finished'
  const finishedAt = isDone ? results.run.finishedAt : null
  const inUse = models.find((model) => model.inUse)
  const name = modelName(verdict.iteration)
  const use = (iteration: number): void =>
    action.run(() => client.call('useModel', { runId, iteration }).then(reload))
  const chat = (): void => go({ name: 'project', projectId, step: 'chat' })
  const carryOn = (): void =>
    action.run(async () => {
      const made = await client.call('continueFrom', { runId, iteration: verdict.iteration })
      go({ name: 'project', projectId: made.projectId, step: 'plan' })
    })
  const earlier = models.filter(
    ({ iteration, exists }) => exists && iteration < verdict.iteration && iteration >= -1,
  )
  return (
    <PageFrame
      title={words.title}
      tag={
        <span className="tag row">
          {isDone && <Icon name="check" size={12} />}
          {isDone ? words.tag.done(runId) : words.tag.unfinished(runId)}
        </span>
      }
      subtitle={words.subtitle(
        finishedAt === null
          ? words.unfinished(duration(results.totalSeconds))
          : words.finished(when(finishedAt), duration(results.totalSeconds)),
        results.run.scores.filter(({ iteration }) => iteration >= 0).length,
        whole(results.run.trainRows ?? 0),
      )}
      actions={
        <>
          <Button variant="default" leftSection={<Icon name="chat" />} onClick={chat}>
            {words.chat}
          </Button>
          <Button
            variant="default"
            leftSection={<Icon name="export" />}
            disabled={!inUse?.exists}
            onClick={() => setExporting(true)}
          >
            {words.export}
          </Button>
        </>
      }
      primary={{
        words: words.continueFrom(name.toLowerCase()),
        icon: 'arrow',
        busy: action.busy,
        blocked: inUse?.exists ? null : words.models.gone,
        run: carryOn,
      }}
      rightWidth={344}
      rightName={words.models.title}
      right={
        <>
          <SavedModels results={results} busy={action.busy} onUse={use} />
          <NextActions
            name={name}
            busy={action.busy}
            canExport={inUse?.exists === true}
            canRollBack={earlier.length > 0}
            canOpenFolder={host?.opensFolders === true && inUse?.exists === true}
            onContinue={carryOn}
            onRollBack={() => use(earlier.toSorted((a, b) => b.iteration - a.iteration)[0]!.iteration)}
            onExport={() => setExporting(true)}
            onChat={chat}
            onBenchmarks={() => go({ name: 'project', projectId, step: 'benchmarks' })}
            onFolder={() => inUse && action.run(() => client.call('openPath', { path: inUse.dir }))}
          />
          <Remarks results={results} />
        </>
      }
    >
      {(action.problem ?? problem) && <Strip kind="error">{action.problem ?? problem}</Strip>}
      <VerdictSection results={results} />
      <TestCharts results={results} />
      <TestTable results={results} />
      {isExporting && inUse && (
        <ExportForm
          name={name}
          model={inUse}
          projectDir={results.run.projectDir}
          onClose={() => setExporting(false)}
        />
      )}
    </PageFrame>
  )
}
