import type { PlanChoice, ProjectView } from '../../contract/app.ts'
import { EmptyStep } from '../components/empty-step.tsx'
import { PageFrame } from '../components/page-frame.tsx'
import { Strip } from '../components/sections.tsx'
import { go } from '../navigation.tsx'
import { planStrings as words } from '../strings/plan.ts'
import { useCall } from '../use-main.ts'
import { useProject } from '../use-project.tsx'
import { FinishedPlan } from './finished-plan.tsx'
import { ForecastPane } from './forecast-pane.tsx'
import { PlanGroups } from './plan-groups.tsx'
import './plan.css'
import { SavePreset } from './save-preset.tsx'
import { useForecast } from './use-forecast.ts'
import { subtitleOf } from './plan-subtitle.ts'
import { usePlanEditor } from './use-plan-editor.ts'

export function PlanPage() {
  const project = useProject()
  const { draft, run, id: projectId } = project
  if (run && draft.plan)
    return (
      <FinishedPlan project={project} run={run} choice={{ plan: draft.plan, rowLimit: draft.rowLimit }} />
    )
  if (draft.modelDir === null || draft.data === null) {
    const step = draft.modelDir === null ? 'model' : 'dataset'
    const link = step === 'model' ? words.missing.toModel : words.missing.toDataset
    return (
      <PageFrame title={words.title}>
        <EmptyStep title={words.missing.title} step={step} link={link}>
          {words.missing[step]}
        </EmptyStep>
      </PageFrame>
    )
  }
  return <FittedPlan key={projectId} project={project} />
}

/** Starts from the kept plan, or from one that is fitted; then the edited plan is the page's own. */
function FittedPlan({ project }: { project: ProjectView }) {
  const { plan, rowLimit } = project.draft
  const { value, problem } = useCall('planFor', { projectId: project.id, preset: 'workstation' })
  const initial = plan ? { plan, rowLimit } : value
  if (initial) return <EditedPlan project={project} initial={initial} />
  return (
    <PageFrame title={words.title} subtitle={subtitleOf(project)}>
      {problem ? <Strip kind="error">{problem}</Strip> : <p className="center hint">{words.fitting}</p>}
    </PageFrame>
  )
}

function EditedPlan({ project, initial }: { project: ProjectView; initial: PlanChoice }) {
  const { id: projectId } = project
  const editor = usePlanEditor({
    projectId,
    initial,
    readOnly: false,
    onStarted: () => go({ name: 'project', projectId, step: 'run' }),
  })
  const shown = useForecast(projectId, editor)
  const wrong = (editor.check?.problems.length ?? 0) + (editor.iterations.problem ? 1 : 0)
  const ofData = editor.problemAt('data')
  return (
    <PageFrame
      title={words.title}
      subtitle={subtitleOf(project)}
      actions={<SavePreset document={editor.document} blocked={wrong > 0} />}
      primary={{
        words: words.start,
        icon: 'play',
        blocked: ofData ?? (wrong > 0 ? words.startBlocked(wrong) : null),
        busy: editor.starting,
        run: editor.start,
      }}
      right={<ForecastPane editor={editor} shown={shown} />}
      rightWidth={392}
      rightName={words.forecast.pane}
    >
      {[editor.startProblem, editor.problem].map(
        (problem) =>
          problem && (
            <Strip key={problem} kind="error">
              {problem}
            </Strip>
          ),
      )}
      <PlanGroups editor={editor} forecast={shown.forecast} dimmed={shown.stale} />
    </PageFrame>
  )
}
