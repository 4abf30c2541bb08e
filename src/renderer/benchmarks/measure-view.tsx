import type { BenchmarksView } from '../../contract/app/benchmarks.ts'
import { Strip } from '../components/sections.tsx'
import { benchmarksStrings as words } from '../strings/benchmarks.ts'
import { useAction, useMain } from '../use-main.ts'
import { useProject } from '../use-project.tsx'
import { BenchmarksFrame, type ViewSwitch } from './benchmarks-frame.tsx'
import { CostSection } from './cost-section.tsx'
import { ModelsSection } from './models-section.tsx'
import { QueueSection } from './queue-section.tsx'
import { SettingsSection } from './settings-section.tsx'
import { TasksSection } from './tasks-section.tsx'
import { useCost } from './use-cost.ts'
import { useMeasure } from './use-measure.ts'

/** What is measured, by which settings, and what that takes: before it starts. */
export function MeasureView({
  view,
  projectId,
  views,
}: {
  view: BenchmarksView
  projectId: string
  views: ViewSwitch
}) {
  const client = useMain()
  const action = useAction()
  const isRunAtWork = useProject().run?.live ?? false
  const measure = useMeasure(view, projectId)
  const { models, settings, blocked } = measure
  const shown = useCost(view.runId, models[0] ?? null, settings)
  const start = (): void => {
    if (!settings) return
    action.run(async () => {
      const { runId } = view
      await client.call('startBenchmarks', {
        models: models.map((iteration) => ({ runId, iteration })),
        settings,
        besideRun: isRunAtWork && measure.choice.besideRun,
      })
      measure.set({ models: null })
      views.show('scores')
    })
  }
  return (
    <BenchmarksFrame
      view={view}
      views={views}
      primary={{
        words: words.measure.start(models.length),
        icon: 'play',
        busy: action.busy,
        // Cost first; a model that cannot be probed still says so by its own error when it is started.
        blocked: blocked ?? (shown.fresh || shown.problem ? null : words.measure.blocked.cost),
        run: start,
      }}
      rightName={words.cost.title}
      right={
        <>
          <QueueSection view={view} />
          <CostSection shown={shown} models={models} isChosen={settings !== null} />
        </>
      }
    >
      {action.problem && <Strip kind="error">{action.problem}</Strip>}
      <ModelsSection view={view} measure={measure} />
      <TasksSection measure={measure} />
      <SettingsSection measure={measure} isRunAtWork={isRunAtWork} />
    </BenchmarksFrame>
  )
}
