import { Checkbox, NumberInput } from '@mantine/core'
import { useState } from 'react'
import type { DatasetChoice } from '../../contract/app.ts'
import type { DatasetInspection } from '../../contract/dataset-inspection.ts'
import { Section } from '../components/sections.tsx'
import { datasetStrings } from '../strings/dataset.ts'

const words = datasetStrings.split

/** Which rows are held back for evaluation, and how many are trained on. Read again when a field is left. */
export function SplitSection({
  choice,
  inspection,
  locked,
  onChoose,
}: {
  choice: DatasetChoice
  inspection: DatasetInspection
  locked: boolean
  onChoose: (choice: DatasetChoice) => void
}) {
  const { ownSplit, twoAnswers } = inspection
  return (
    <Section title={words.title} hint={ownSplit ? words.own : words.byHash}>
      <div className="split-fields">
        {!ownSplit && (
          <WholeNumber
            label={words.share}
            unit="%"
            value={Math.round(choice.testShare * 1000) / 10}
            max={90}
            decimals={1}
            disabled={locked}
            onLeave={(percent) => onChoose({ ...choice, testShare: (percent ?? 10) / 100 })}
          />
        )}
        {!ownSplit && (
          <WholeNumber
            label={words.seed}
            value={choice.seed}
            max={2 ** 31 - 1}
            disabled={locked}
            onLeave={(seed) => onChoose({ ...choice, seed: seed ?? 42 })}
          />
        )}
        <WholeNumber
          label={words.limit}
          unit={words.unit}
          value={choice.limit === 0 ? null : choice.limit}
          placeholder={words.all}
          max={1e9}
          disabled={locked}
          onLeave={(limit) => onChoose({ ...choice, limit: limit ?? 0 })}
        />
        {twoAnswers && (
          <Checkbox
            label={words.rejected}
            description={words.rejectedHint}
            checked={choice.keepRejected}
            disabled={locked}
            onChange={(event) => onChoose({ ...choice, keepRejected: event.currentTarget.checked })}
          />
        )}
      </div>
    </Section>
  )
}

function WholeNumber({
  label,
  unit,
  value,
  placeholder,
  max,
  decimals = 0,
  disabled,
  onLeave,
}: {
  label: string
  unit?: string
  value: number | null
  placeholder?: string
  max: number
  decimals?: number
  disabled: boolean
  onLeave: (value: number | null) => void
}) {
  const [text, setText] = useState<number | string>(value ?? '')
  const leave = () => {
    const next = text === '' ? null : Number(text)
    if (next !== value) onLeave(next)
  }
  return (
    <NumberInput
      size="xs"
      w={150}
      label={label}
      thousandSeparator=","
      min={0}
      max={max}
      clampBehavior="strict"
      decimalScale={decimals}
      allowNegative={false}
      disabled={disabled}
      value={text}
      {...(placeholder === undefined ? {} : { placeholder })}
      rightSection={unit ? <span className="hint">{unit}</span> : undefined}
      rightSectionWidth={unit && unit.length > 1 ? 44 : 28}
      onChange={setText}
      onBlur={leave}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && !event.ctrlKey) leave()
      }}
    />
  )
}
