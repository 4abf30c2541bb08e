import type { ResultsView, ScoreDifference } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { resultsStrings as words } from '../strings/results.ts'
import { ErrorBarChart } from './error-bar-chart.tsx'
import { modelName } from './model-name.ts'
import { showDifference, showHalf, showScore } from './score-format.ts'

/** The verdict in words and numbers, with its uncertainty, beside the score by iteration. */
export function VerdictSection({ results }: { results: ResultsView }) {
  const [main] = results.tests
  if (!main) return null
  const { verdict, run } = results
  const score = main.scores[verdict.iteration]
  const isBest = run.best === verdict.iteration
  const name = modelName(verdict.iteration)
  const hasIntervals = Object.values(main.scores).some(({ low }) => low !== null)
  return (
    <section className="section results-verdict" aria-label={words.chart.title}>
      <div>
        <span className="results-badge">
          {isBest && <Icon name="star" size={12} />}
          {isBest ? words.best(name.toLowerCase()) : words.inUse(name.toLowerCase())}
        </span>
        <p className="results-headline number">{score ? showScore(score.mean, main.unit) : '–'}</p>
        <p className="secondary">
          {main.name}, {words.units[main.unit]}
        </p>
        <dl className="results-over number">
          <Over name={words.over.base} difference={verdict.overBase} unit={main.unit} />
          <Over name={words.over.sft} difference={verdict.overSft} unit={main.unit} />
          <Over name={words.over.previous} difference={verdict.overPrevious} unit={main.unit} />
        </dl>
        <p className="hint">{verdict.words}</p>
      </div>
      <div>
        <h2>
          {main.name}{' '}
          <span className="hint">
            {hasIntervals ? words.chart.hint(words.units[main.unit]) : words.units[main.unit]}
          </span>
        </h2>
        <ErrorBarChart test={main} best={run.best} />
      </div>
    </section>
  )
}

function Over({
  name,
  difference,
  unit,
}: {
  name: string
  difference: ScoreDifference | null
  unit: ResultsView['tests'][number]['unit']
}) {
  if (!difference) return null
  return (
    <div>
      <dt>{name}</dt>
      <dd className={difference.clear && difference.mean < 0 ? 'worse' : ''}>
        <strong>{showDifference(difference, unit)}</strong>{' '}
        <span className="hint">{showHalf(difference, unit)}</span>
      </dd>
    </div>
  )
}
