import { SegmentedControl } from '@mantine/core'
import { useState } from 'react'
import type { ComparedRun } from '../../contract/app.ts'
import { smoothing } from '../charts/run-steps.ts'
import { compareStrings as words } from '../strings/compare.ts'
import { ChangeChart } from './change-chart.tsx'
import { OverlayChart } from './overlay-chart.tsx'
import type { HorizontalAxis } from './overlay-scale.ts'
import { curvesToDraw } from './twins.ts'

const ln2 = { value: Math.LN2, words: words.charts.ln2 }
const coinFlip = { value: 0.5, words: words.charts.half }

/** The curves of all runs on one scale, then their changes from base. */
export function Overlays({ runs }: { runs: readonly ComparedRun[] }) {
  const [axis, setAxis] = useState<HorizontalAxis>('iteration')
  const drawn = curvesToDraw(runs)
  const has = drawn.some(({ curves }) => curves.length > 0)
  return (
    <div className="compare-right">
      <div className="spread">
        <SegmentedControl
          size="xs"
          aria-label={words.charts.byLabel}
          value={axis}
          onChange={(value) => setAxis(value as HorizontalAxis)}
          data={(['iteration', 'step', 'hour'] as const).map((value) => ({
            value,
            label: words.charts.by[value],
          }))}
        />
        <span className="hint">{words.charts.note(smoothing)}</span>
      </div>
      {has ? (
        <div className="compare-charts">
          <OverlayChart runs={drawn} column="loss" axis={axis} from={0} reference={ln2} />
          <OverlayChart runs={drawn} column="margin" axis={axis} />
          <OverlayChart runs={drawn} column="rewardGenerated" axis={axis} />
          <OverlayChart runs={drawn} column="accuracy" axis={axis} reference={coinFlip} />
        </div>
      ) : (
        <p className="hint">{words.charts.none}</p>
      )}
      <ChangeChart runs={runs} />
    </div>
  )
}
