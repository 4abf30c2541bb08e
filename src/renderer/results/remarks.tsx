import type { ResultsView } from '../../contract/app.ts'
import { Strip } from '../components/sections.tsx'
import { resultsStrings as words } from '../strings/results.ts'
import { modelName } from './model-name.ts'

/** Why an iteration was not kept, and that another than the best is in use. */
export function Remarks({ results: { models, run, verdict } }: { results: ResultsView }) {
  const dropped = models.filter(({ remark }) => remark !== null)
  const isRolledBack = run.best !== null && run.best !== verdict.iteration
  if (dropped.length === 0 && !isRolledBack) return null
  return (
    <div className="section">
      {isRolledBack && <Strip kind="info">{words.rolledBack(modelName(run.best!))}</Strip>}
      {dropped.map(({ iteration, remark }) => (
        <Strip key={iteration} kind="warning">
          <strong>{words.remark(modelName(iteration))}</strong> {remark}
        </Strip>
      ))}
    </div>
  )
}
