import type { BenchmarksView } from '../../contract/app/benchmarks.ts'
import { EmptyStep } from '../components/empty-step.tsx'
import { PageFrame } from '../components/page-frame.tsx'
import { Strip } from '../components/sections.tsx'
import { useKept } from '../components/use-kept.ts'
import { benchmarksStrings as words } from '../strings/benchmarks.ts'
import { useStream } from '../use-main.ts'
import { useProject } from '../use-project.tsx'
import type { BenchmarkViewName } from './benchmarks-frame.tsx'
import './benchmarks.css'
import { MeasureView } from './measure-view.tsx'
import { firstQuestions, type QuestionChoice } from './question-choice.ts'
import { QuestionsView } from './questions-view.tsx'
import { ScoresView } from './scores-view.tsx'

const newest = (_before: BenchmarksView | null, event: BenchmarksView): BenchmarksView => event

/** The run's models by the public tasks: measured, tabled beside what was published, and looked into. */
export function BenchmarksPage() {
  const { id: projectId, run } = useProject()
  if (!run) return <NoModels step="plan" />
  return <RunBenchmarks key={run.id} runId={run.id} projectId={projectId} />
}

function NoModels({ step }: { step: 'plan' | 'run' }) {
  return (
    <PageFrame title={words.title}>
      <EmptyStep
        title={words.empty.title}
        step={step}
        link={step === 'run' ? words.empty.toRun : words.empty.toPlan}
      >
        {words.empty.words}
      </EmptyStep>
    </PageFrame>
  )
}

function RunBenchmarks({ runId, projectId }: { runId: number; projectId: string }) {
  const { value: view, problem } = useStream('watchBenchmarks', { runId }, newest)
  const [chosen, show] = useKept<BenchmarkViewName | null>(`benchmark-view-${runId}`, null)
  const [questions, setQuestions] = useKept<QuestionChoice>(`benchmark-questions-${runId}`, firstQuestions)
  if (!view) {
    return (
      <PageFrame title={words.title}>
        {problem ? (
          <Strip kind="error">{problem}</Strip>
        ) : (
          <p className="center hint" aria-busy="true">
            {words.loading}
          </p>
        )}
      </PageFrame>
    )
  }
  if (!view.models.some(({ exists }) => exists)) return <NoModels step="run" />
  const shown = chosen ?? (view.evaluations.length > 0 ? 'scores' : 'measure')
  const views = { shown, show }
  switch (shown) {
    case 'measure':
      return <MeasureView view={view} projectId={projectId} views={views} />
    case 'questions':
      return <QuestionsView view={view} views={views} choice={questions} onChoice={setQuestions} />
    case 'scores':
      return (
        <ScoresView
          view={view}
          views={views}
          onOpen={(evaluationId, task) => {
            setQuestions({ ...questions, evaluationId, task })
            show('questions')
          }}
        />
      )
  }
}
