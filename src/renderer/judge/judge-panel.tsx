import type { JudgingsView } from '../../contract/app.ts'
import { EmptyState, Strip } from '../components/sections.tsx'
import { useKept } from '../components/use-kept.ts'
import { judgeStrings as words } from '../strings/judge.ts'
import { useStream } from '../use-main.ts'
import './judge.css'
import { JudgingDetail } from './judging-detail.tsx'
import { JudgingList } from './judging-list.tsx'
import { LogProbSection } from './log-prob-section.tsx'
import { NewJudging } from './new-judging.tsx'

const newest = (_before: JudgingsView | null, event: JudgingsView): JudgingsView => event

/** Judgings of a run: a new one is chosen, one at work watched, one that is done looked into. */
export function JudgePanel({ runId }: { runId: number }) {
  const { value: view, problem } = useStream('watchJudgings', { runId }, newest)
  const [chosen, choose] = useKept<number | 'new' | null>(`judging-${runId}`, null)
  if (!view)
    return problem ? (
      <Strip kind="error">{problem}</Strip>
    ) : (
      <p className="center hint" aria-busy="true">
        {words.loading}
      </p>
    )
  if (!view.models.some(({ exists }) => exists))
    return <EmptyState title={words.empty.title}>{words.empty.words}</EmptyState>
  const latest = view.judgings[0]
  const shown = chosen === 'new' ? undefined : (view.judgings.find(({ id }) => id === chosen) ?? latest)
  return (
    <div className="judge-panel">
      <div>
        {problem && <Strip kind="error">{problem}</Strip>}
        {shown ? (
          <JudgingDetail key={shown.id} judging={shown} onRemoved={() => choose(null)} />
        ) : (
          <NewJudging view={view} onStarted={choose} />
        )}
      </div>
      <div>
        <JudgingList view={view} shown={shown?.id ?? 'new'} onChoose={choose} />
        <LogProbSection view={view} />
      </div>
    </div>
  )
}
