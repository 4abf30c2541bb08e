import { Button, SegmentedControl } from '@mantine/core'
import { useMemo, useState } from 'react'
import { MetricChart } from '../charts/metric-chart.tsx'
import { scopeOf } from '../charts/plotted-columns.ts'
import { smoothing, type RunSteps } from '../charts/run-steps.ts'
import { usePaced } from '../charts/use-paced.ts'
import { useKeys } from '../components/use-keys.ts'
import { runStrings as words } from '../strings/run.ts'
import { mainCharts, moreCharts } from './run-charts.ts'

const redrawEveryMs = 500

/** The curves of training on one axis and one cursor. */
export function ChartsPanel({ steps: newest, isReading }: { steps: RunSteps; isReading: boolean }) {
  const steps = usePaced(newest, redrawEveryMs)
  const [chosen, setChosen] = useState<number | 'all' | 'last'>('all')
  const [isLong, setIsLong] = useState(false)
  const [cursor, setCursor] = useState<number | null>(null)
  const last = steps.iterations.at(-1)?.iteration ?? null
  const iteration = chosen === 'all' ? null : chosen === 'last' ? last : chosen
  const scope = useMemo(() => scopeOf(steps, iteration), [steps, iteration])
  const charts = isLong ? [...mainCharts, ...moreCharts] : mainCharts

  function turn(by: number): void {
    if (last === null) return
    const from = iteration ?? (by < 0 ? last + 1 : -1)
    setChosen(Math.max(0, Math.min(last, from + by)))
    setCursor(null)
  }
  useKeys({ '[': () => turn(-1), ']': () => turn(1) })

  return (
    <section className="section run-charts" aria-label={words.chartsName}>
      <div className="spread run-charts-head">
        <SegmentedControl
          size="xs"
          aria-label={words.scopeName}
          value={chosen === 'all' ? 'all' : 'one'}
          onChange={(value) => setChosen(value === 'all' ? 'all' : 'last')}
          data={[
            { value: 'all', label: words.all },
            {
              value: 'one',
              label: typeof chosen === 'number' && chosen !== last ? words.oneOf(chosen) : words.one,
            },
          ]}
        />
        <span className="row hint">
          {isReading && <span>{words.readingSteps}</span>}
          <Stroke faint /> {words.eachStep}
          <Stroke /> {words.smoothed(smoothing)}
        </span>
      </div>
      <div className="run-charts-grid">
        {charts.map((spec) => (
          <MetricChart
            key={spec.id}
            spec={spec}
            steps={steps}
            scope={scope}
            cursor={cursor}
            onCursor={setCursor}
          />
        ))}
      </div>
      <Button variant="subtle" size="compact-xs" aria-expanded={isLong} onClick={() => setIsLong(!isLong)}>
        {isLong ? words.fewerCharts : words.moreCharts}
      </Button>
    </section>
  )
}

function Stroke({ faint = false }: { faint?: boolean }) {
  return (
    <svg width="20" height="8" aria-hidden="true">
      <line
        x1="0"
        x2="20"
        y1="4"
        y2="4"
        stroke="var(--text)"
        strokeWidth={faint ? 1 : 1.75}
        strokeOpacity={faint ? 0.3 : 1}
      />
    </svg>
  )
}
