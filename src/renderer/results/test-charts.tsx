import type { ResultsView } from '../../contract/app.ts'
import { resultsStrings as words } from '../strings/results.ts'
import { ErrorBarChart } from './error-bar-chart.tsx'

/** The other tests, a small chart each. */
export function TestCharts({ results }: { results: ResultsView }) {
  const [, ...others] = results.tests
  if (others.length === 0) return null
  return (
    <section className="section" aria-label={words.byTest.title}>
      <div className="spread section-head">
        <h2>
          {words.byTest.title} <span className="hint">{words.byTest.hint}</span>
        </h2>
        <ChartKeys hasSft={results.run.sft !== null} />
      </div>
      <ul className="results-charts">
        {others.map((test) => (
          <li key={test.id} title={test.setting}>
            <strong>
              {test.name}{' '}
              {test.unit !== 'points' && <span className="hint">{words.unitShort[test.unit]}</span>}
            </strong>
            <ErrorBarChart test={test} best={results.run.best} isSmall />
          </li>
        ))}
      </ul>
    </section>
  )
}

/** What the strokes of these charts mean. */
export function ChartKeys({ hasSft }: { hasSft: boolean }) {
  return (
    <span className="results-keys hint">
      <Key kind="best" name={words.byTest.keys.best} />
      <Key kind="iteration" name={words.byTest.keys.iteration} />
      <Key kind="base" name={words.byTest.keys.base} />
      {hasSft && <Key kind="sft" name={words.byTest.keys.sft} />}
    </span>
  )
}

function Key({ kind, name }: { kind: 'best' | 'iteration' | 'base' | 'sft'; name: string }) {
  const isLine = kind === 'base' || kind === 'sft'
  return (
    <span className="row">
      <svg width="16" height="10" viewBox="0 0 16 10" aria-hidden="true" className="error-bars">
        {isLine ? (
          <line x1={0} x2={16} y1={5} y2={5} className={`level ${kind}`} />
        ) : (
          <g className={kind === 'best' ? 'dot best' : 'dot'}>
            <circle cx={8} cy={5} r={3.5} />
          </g>
        )}
      </svg>
      {name}
    </span>
  )
}
