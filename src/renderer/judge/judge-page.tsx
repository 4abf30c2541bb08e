import { EmptyStep } from '../components/empty-step.tsx'
import { PageFrame } from '../components/page-frame.tsx'
import { judgeStrings as words } from '../strings/judge.ts'
import { useProject } from '../use-project.tsx'
import { JudgePanel } from './judge-panel.tsx'

/** A run's models before a judge. */
export function JudgePage() {
  const { run } = useProject()
  if (run) {
    return (
      <PageFrame title={words.title} subtitle={words.subtitle(run.id)}>
        <JudgePanel key={run.id} runId={run.id} />
      </PageFrame>
    )
  }
  return (
    <PageFrame title={words.title}>
      <EmptyStep title={words.empty.title} step="plan" link={words.empty.toPlan}>
        {words.empty.words}
      </EmptyStep>
    </PageFrame>
  )
}
