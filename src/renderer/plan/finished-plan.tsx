import type { PlanChoice, ProjectView, RunSummary } from '../../contract/app.ts'
import { PageFrame } from '../components/page-frame.tsx'
import { Section, Strip } from '../components/sections.tsx'
import { addressOf, go } from '../navigation.tsx'
import { planStrings as words } from '../strings/plan.ts'
import { useAction, useMain } from '../use-main.ts'
import { PlanGroups } from './plan-groups.tsx'
import { subtitleOf } from './plan-subtitle.ts'
import { usePlanEditor } from './use-plan-editor.ts'

/** A plan that a run was started with: it is looked at, and edited as another project's. */
export function FinishedPlan({
  project,
  run,
  choice,
}: {
  project: ProjectView
  run: RunSummary
  choice: PlanChoice
}) {
  const { id: projectId } = project
  const client = useMain()
  const copying = useAction()
  const editor = usePlanEditor({ projectId, initial: choice, readOnly: true, onStarted: () => undefined })
  return (
    <PageFrame
      title={words.title}
      tag={<span className="tag">{words.readOnly.tag}</span>}
      subtitle={subtitleOf(project)}
      primary={{
        words: words.readOnly.edit,
        icon: 'copy',
        busy: copying.busy,
        run: () =>
          copying.run(async () => {
            const copy = await client.call('duplicateProject', { projectId })
            go({ name: 'project', projectId: copy.projectId, step: 'plan' })
          }),
      }}
      right={
        <Section title={words.readOnly.paneTitle}>
          <p className="secondary">{words.readOnly.strip(run.id)}</p>
          <p>
            <a className="plan-link" href={addressOf({ name: 'project', projectId, step: 'run' })}>
              {words.readOnly.openRun(run.id)}
            </a>
          </p>
          {copying.problem && <Strip kind="error">{copying.problem}</Strip>}
        </Section>
      }
      rightWidth={392}
      rightName={words.readOnly.paneName}
    >
      <PlanGroups editor={editor} forecast={null} dimmed={false} />
    </PageFrame>
  )
}
