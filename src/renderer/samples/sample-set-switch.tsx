import { SegmentedControl, Select, Tooltip } from '@mantine/core'
import type { SampleIteration, SampleSplit } from '../../contract/app.ts'
import { samplesStrings as words } from '../strings/samples.ts'

/** More than these do not fit beside each other. */
const iterationsBeside = 6

/** Which iteration, and its held-back or its training rows. */
export function SampleSetSwitch({
  iterations,
  iteration,
  split,
  onIteration,
  onSplit,
}: {
  iterations: SampleIteration[]
  iteration: SampleIteration
  split: SampleSplit
  onIteration: (iteration: number) => void
  onSplit: (split: SampleSplit) => void
}) {
  const choices = iterations.map((one) => ({
    value: String(one.iteration),
    label: words.shortIteration(one.iteration),
  }))
  const props = {
    'aria-label': words.chooseIteration,
    data: choices,
    value: String(iteration.iteration),
    onChange: (value: string | null) => value !== null && onIteration(Number(value)),
  }
  const hasBoth = iteration.rows.test !== null && iteration.rows.train !== null
  return (
    <>
      {hasBoth && (
        <SegmentedControl
          size="xs"
          aria-label={words.chooseSplit}
          data={(['test', 'train'] as const).map((value) => ({ value, label: words.splits[value] }))}
          value={split}
          onChange={(value) => onSplit(value as SampleSplit)}
        />
      )}
      <Tooltip label={words.chooseIteration}>
        {choices.length <= iterationsBeside ? (
          <SegmentedControl size="xs" {...props} />
        ) : (
          <Select size="xs" w={96} allowDeselect={false} {...props} />
        )}
      </Tooltip>
    </>
  )
}
