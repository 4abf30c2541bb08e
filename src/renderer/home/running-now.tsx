import type { LiveProgress, RunSummary } from '../../contract/app.ts'
import { iterationName, progressLine, timeLeft } from '../components/progress-line.ts'

const stageOrder = ['generate', 'gather', 'finetune', 'evaluate'] as const

/** The whole loop as one bar, a part for each iteration. */
export function RunningNow({ run, progress }: { run: RunSummary; progress: LiveProgress | null }) {
  const parts = [-1, ...Array.from({ length: run.plannedIterations }, (_, i) => i)]
  return (
    <section className="section" aria-label="Running now">
      <h2>Running now</h2>
      <div className="spread">
        <span>
          <strong>
            {run.project}, run {run.id}
          </strong>{' '}
          <span className="secondary">{progress ? progressLine(progress) : 'Between stages'}</span>
        </span>
        <span className="secondary number">{progress ? timeLeft(progress) : ''}</span>
      </div>
      <div
        style={{
          display: 'grid',
          gridTemplateColumns: `0.5fr repeat(${run.plannedIterations}, 1fr)`,
          gap: 4,
          marginTop: 8,
        }}
      >
        {parts.map((iteration) => {
          const scored = run.scores.some((score) => score.iteration === iteration)
          const share = scored ? 1 : progress?.iteration === iteration ? shareOf(progress) : 0
          return (
            <div key={iteration}>
              <div className="bar">
                <div className={scored ? 'done' : ''} style={{ width: `${share * 100}%` }} />
              </div>
              <span className={share > 0 && !scored ? '' : 'hint'}>{iterationName(iteration)}</span>
            </div>
          )
        })}
      </div>
    </section>
  )
}

/** Stages counted alike: the bar says where the loop is, not how long it takes. */
function shareOf({ iteration, stage, done, total }: LiveProgress): number {
  const within = total > 0 ? done / total : 0
  if (iteration < 0) return stage === 'evaluate' ? 0.5 + within / 2 : within / 2
  const at = stageOrder.findIndex((name) => name === stage)
  return (Math.max(0, at) + within) / stageOrder.length
}
