import { PageFrame, PrimaryButton } from '../components/page-frame.tsx'
import { EmptyState } from '../components/sections.tsx'
import { go } from '../navigation.tsx'
import { judgeStrings as words } from '../strings/judge.ts'
import { useProject } from '../use-project.tsx'
import { JudgePanel } from './judge-panel.tsx'

/** A run's models before a judge. */
export function JudgePage() {
  const { id: projectId, run } = useProject()
  if (run) {
    return (
      <PageFrame title={words.title} subtitle={words.subtitle(run.id)}>
        <JudgePanel key={run.id} runId={run.id} />
      </PageFrame>
    )
  }
  return (
    <PageFrame title={words.title}>
      <EmptyState
        title={words.empty.title}
        action={
          <PrimaryButton
            primary={{
              words: words.empty.toPlan,
              icon: 'arrow',
              run: () => go({ name: 'project', projectId, step: 'plan' }),
            }}
          />
        }
      >
        {words.empty.words}
      </EmptyState>
    </PageFrame>
  )
}
