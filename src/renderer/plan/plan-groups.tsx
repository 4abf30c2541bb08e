import type { PlanForecast } from '../../contract/app.ts'
import { AnswersGroup } from './answers-group.tsx'
import { EvaluationGroup } from './evaluation-group.tsx'
import { IterationTable } from './iteration-table.tsx'
import { LoopGroup } from './loop-group.tsx'
import { PresetLine } from './preset-line.tsx'
import { TrainingGroup } from './training-group.tsx'
import type { PlanEditor } from './use-plan-editor.ts'

/** Everything that a plan says: preset, four groups, and what each iteration has of its own. */
export function PlanGroups({
  editor,
  forecast,
  dimmed,
}: {
  editor: PlanEditor
  forecast: PlanForecast | null
  dimmed: boolean
}) {
  return (
    <>
      <PresetLine editor={editor} />
      <div className="plan-groups">
        <LoopGroup editor={editor} />
        <TrainingGroup editor={editor} />
        <AnswersGroup editor={editor} />
        <EvaluationGroup editor={editor} forecast={forecast} />
      </div>
      <IterationTable editor={editor} forecast={forecast} dimmed={dimmed} />
    </>
  )
}
