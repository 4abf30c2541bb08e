import { Button } from '@mantine/core'
import { samplesStrings as words } from '../strings/samples.ts'
import { heatOf } from './token-pieces.ts'
import { heatStyle } from './token-heat.tsx'

const cells = 20
const steps = Array.from({ length: cells }, (_, i) => -1.6 + (3.2 * (i + 0.5)) / cells)

/** What the colours mean; beside it, whether they are on their way. */
export function HeatLegend({
  hasModel,
  loading,
  problem,
  onRetry,
}: {
  hasModel: boolean
  loading: boolean
  problem: string | null
  onRetry: () => void
}) {
  return (
    <div className="heat-legend">
      {problem ? (
        <span className="row problem" role="alert">
          {problem}
          <Button variant="default" size="compact-xs" onClick={onRetry}>
            {words.retry}
          </Button>
        </span>
      ) : (
        <span role="status">{hasModel ? (loading ? words.scoring : words.legend) : words.noModelYet}</span>
      )}
      <span className="heat-scale">
        <span className="reads generated">{words.readsGenerated}</span>
        <span className="heat-ramp number" aria-hidden="true">
          <span className="heat-cells">
            {steps.map((ratio) => {
              const heat = heatOf(ratio)
              return (
                <span
                  key={ratio}
                  className={heat ? `heat ${heat.side}` : undefined}
                  style={heatStyle(heat)}
                />
              )
            })}
          </span>
          <span className="heat-ticks">
            <span>{words.scale.low}</span>
            <span>{words.scale.middle}</span>
            <span>{words.scale.high}</span>
          </span>
        </span>
        <span className="reads human">{words.readsHuman}</span>
      </span>
    </div>
  )
}
