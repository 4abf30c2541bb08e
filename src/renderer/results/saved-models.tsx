import type { ResultModel, ResultsView } from '../../contract/app.ts'
import { fileSize, when } from '../components/numbers.ts'
import { resultsStrings as words } from '../strings/results.ts'
import { baseIteration, modelName } from './model-name.ts'
import { showScore } from './score-format.ts'

/** One model is in use: exported, continued and chatted with. Choosing another deletes nothing. */
export function SavedModels({
  results,
  busy,
  onUse,
}: {
  results: ResultsView
  busy: boolean
  onUse: (iteration: number) => void
}) {
  const [main] = results.tests
  const newestFirst = results.models.toSorted((a, b) => place(b.iteration) - place(a.iteration))
  const bytes = results.models
    .filter(({ iteration }) => iteration !== baseIteration)
    .reduce((sum, model) => sum + (model.bytes ?? 0), 0)
  return (
    <section className="section" aria-label={words.models.title}>
      <div className="spread">
        <h2>{words.models.title}</h2>
        {bytes > 0 && <span className="hint number">{fileSize(bytes)}</span>}
      </div>
      <div className="results-models" role="radiogroup" aria-label={words.models.title}>
        {newestFirst.map((model) => {
          const score = main?.scores[model.iteration]
          return (
            <label key={model.iteration} className={`results-model${model.inUse ? ' in-use' : ''}`}>
              <input
                type="radio"
                name="model-in-use"
                checked={model.inUse}
                disabled={busy || !model.exists}
                onChange={() => onUse(model.iteration)}
              />
              <span>
                <span className="results-model-name">
                  {modelName(model.iteration)}
                  {model.inUse && <span className="accent"> {words.models.inUse}</span>}
                </span>
                <span className="hint number">{savedText(model)}</span>
              </span>
              <strong className="number">{score && main ? showScore(score.mean, main.unit) : '–'}</strong>
            </label>
          )
        })}
      </div>
    </section>
  )
}

/** Iterations, plain SFT, and the base last. */
const place = (iteration: number): number => (iteration === baseIteration ? -Infinity : iteration)

function savedText({ iteration, exists, dir, savedAt, bytes }: ResultModel): string {
  if (!exists) return words.models.gone
  if (iteration === baseIteration) return dir.split(/[\\/]/).slice(-2).join('/')
  return words.models.saved(when(savedAt), fileSize(bytes ?? 0))
}
