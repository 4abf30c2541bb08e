import type { RunView, StageSummary } from '../../contract/app.ts'
import { duration } from '../components/numbers.ts'
import { iterationName, stageNames } from '../components/progress-line.ts'

type Stage = StageSummary['name']
const baseStages: Stage[] = ['reformat', 'evaluate']
const iterationStages: Stage[] = ['generate', 'gather', 'finetune', 'evaluate']

/** Iteration × stage with the time each took. */
export function Timeline({ view: { run, stages } }: { view: RunView }) {
  const iterations = [-1, ...Array.from({ length: run.plannedIterations }, (_, i) => i)]
  return (
    <div className="timeline" role="list" aria-label="Stages">
      {iterations.map((iteration) => (
        <div key={iteration} role="listitem">
          <strong>{iterationName(iteration)}</strong>{' '}
          {run.best === iteration && run.state === 'finished' && <span className="tag">Best</span>}
          <div className="stages">
            {(iteration < 0 ? baseStages : iterationStages).map((name) => {
              const stage = stages.find((found) => found.name === name && found.iteration === iteration)
              const stopped =
                stage?.state === 'running' && !run.live ? 'pending' : (stage?.state ?? 'pending')
              return (
                <div key={name} className={`stage ${stopped}`}>
                  {stageNames[name]}
                  <div className="hint number">
                    {stage && stage.seconds > 0 ? duration(stage.seconds) : ' '}
                  </div>
                </div>
              )
            })}
          </div>
        </div>
      ))}
    </div>
  )
}
