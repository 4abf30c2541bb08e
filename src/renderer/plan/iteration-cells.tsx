import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { planStrings as words } from '../strings/plan.ts'
import { valueAt } from './plan-document.ts'
import { NumberBox } from './plan-fields.tsx'
import type { PlanEditor } from './use-plan-editor.ts'

const { table } = words

/** β or epochs of one iteration. */
export function NumberCell({
  editor,
  iteration,
  rest,
  name,
}: {
  editor: PlanEditor
  iteration: number
  rest: 'training.beta' | 'training.schedule.stopEpoch'
  name: string
}) {
  const path = `plan.iterations.${iteration}.${rest}`
  const value = valueAt(editor.document, path)
  const problem = editor.problemAt(path)
  const { stopEpoch, scheduleEpochs } = editor.document.plan.iterations[iteration]!.training.schedule
  // A rate that ends where training ends goes on doing so.
  const inStep = rest === 'training.schedule.stopEpoch' && stopEpoch === scheduleEpochs
  return (
    <>
      <NumberBox
        aria-label={table.of(name, String(iteration))}
        value={typeof value === 'number' ? value : null}
        disabled={editor.readOnly}
        invalid={problem !== null}
        warned={editor.isWarned(path)}
        onChange={(next) =>
          editor.setMany([
            { path, value: next ?? '' },
            ...(inStep
              ? [{ path: `plan.iterations.${iteration}.training.schedule.scheduleEpochs`, value: next ?? '' }]
              : []),
          ])
        }
      />
      {problem && <p className="hint plan-problem">{problem}</p>}
    </>
  )
}

/** In scientific notation; what is typed stays until it is left. */
export function RateCell({ editor, iteration }: { editor: PlanEditor; iteration: number }) {
  const path = `plan.iterations.${iteration}.training.optimizer.lr`
  const value = valueAt(editor.document, path)
  const [typed, setTyped] = useState<string | null>(null)
  const problem = editor.problemAt(path)
  const isTyped = typed !== null && (typeof value !== 'number' || rateOf(typed) === value)
  return (
    <>
      <TextInput
        className="plan-number"
        size="xs"
        inputMode="decimal"
        aria-label={table.of(table.lr, String(iteration))}
        value={isTyped ? typed : typeof value === 'number' ? value.toExponential(1) : ''}
        disabled={editor.readOnly}
        error={problem !== null}
        data-warned={editor.isWarned(path) || undefined}
        onChange={({ currentTarget }) => {
          const text = currentTarget.value
          setTyped(text)
          editor.set(path, rateOf(text) ?? '')
        }}
        onBlur={() => typeof value === 'number' && setTyped(null)}
      />
      {problem && <p className="hint plan-problem">{problem}</p>}
    </>
  )
}

function rateOf(text: string): number | null {
  const rate = Number(text.replace('−', '-'))
  return text.trim() === '' || !Number.isFinite(rate) ? null : rate
}
