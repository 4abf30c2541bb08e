import { TextInput, Tooltip } from '@mantine/core'
import { useState } from 'react'
import type { PlanForecast, StageSeconds } from '../../contract/app.ts'
import { duration, scientific, whole } from '../components/numbers.ts'
import { Section } from '../components/sections.tsx'
import { planStrings as words } from '../strings/plan.ts'
import { valueAt } from './plan-document.ts'
import { NumberBox } from './plan-fields.tsx'
import type { PlanEditor } from './use-plan-editor.ts'

const { table } = words

/** What each iteration has of its own, and what it takes. */
export function IterationTable({
  editor,
  forecast,
  dimmed,
}: {
  editor: PlanEditor
  forecast: PlanForecast | null
  dimmed: boolean
}) {
  const { iterations, compareSft, sftLr } = editor.document.plan
  const { check } = editor
  const timeClass = `end number${dimmed ? ' plan-dimmed' : ''}`
  const times = (seconds: StageSeconds | null | undefined) =>
    (['generate', 'train', 'evaluate'] as const).map((stage) => (
      <td key={stage} className={timeClass}>
        {seconds ? (seconds[stage] === null ? table.not : duration(seconds[stage])) : ''}
      </td>
    ))
  return (
    <Section
      title={table.title}
      hint={table.hint}
      actions={
        !editor.readOnly &&
        iterations.length > 1 && (
          <button
            type="button"
            className="link plan-link"
            title={table.sameHint}
            onClick={() => sameForAll(editor)}
          >
            {table.sameForAll}
          </button>
        )
      }
    >
      <table className="list plan-table">
        <thead>
          <tr>
            <th scope="col">{table.iteration}</th>
            <Head words={table.lr} tip={table.lrTip} />
            <Head words={table.beta} tip={table.betaTip} />
            <Head words={table.epochs} tip={table.epochsTip} />
            <th scope="col">{table.pairsFrom}</th>
            <Head words={table.steps} tip={table.stepsTip} end />
            <th scope="col" className="end">
              {table.generate}
            </th>
            <th scope="col" className="end">
              {table.train}
            </th>
            <th scope="col" className="end">
              {table.evaluate}
            </th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{table.base}</th>
            <td className="hint" colSpan={3} />
            <td>{table.basePairs}</td>
            <td className="end">{table.not}</td>
            {times(forecast?.base)}
          </tr>
          {iterations.map((iteration, i) => (
            // Iterations have no other identity than their number.
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={i}>
              <th scope="row" className="number">
                {i}
              </th>
              <td>
                <RateBox editor={editor} iteration={i} />
              </td>
              <td>
                <Cell editor={editor} iteration={i} rest="training.beta" name={table.beta} />
              </td>
              <td>
                <Cell editor={editor} iteration={i} rest="training.schedule.stopEpoch" name={table.epochs} />
              </td>
              <td>{i > 0 && iteration.previousFraction > 0 ? table.fromTwo(i) : table.from(i)}</td>
              <td className="end number plan-steps">
                {check?.iterations[i] ? whole(check.iterations[i].steps) : ''}
              </td>
              {times(forecast?.iterations[i])}
            </tr>
          ))}
          {compareSft && (
            <tr>
              <th scope="row">{table.sft}</th>
              <td className="number plan-fixed">
                {scientific(sftLr ?? iterations[0]!.training.optimizer.lr)}
              </td>
              <td className="plan-fixed">{table.none}</td>
              <td className="plan-fixed number" />
              <td>{table.sftPairs}</td>
              <td className="end number plan-steps">{check?.sft ? whole(check.sft.steps) : ''}</td>
              {times(forecast?.sft)}
            </tr>
          )}
        </tbody>
      </table>
    </Section>
  )
}

function Head({ words: label, tip, end = false }: { words: string; tip: string; end?: boolean }) {
  return (
    <Tooltip label={tip} multiline w={240}>
      <th scope="col" className={end ? 'end' : undefined}>
        {label}
      </th>
    </Tooltip>
  )
}

function sameForAll(editor: PlanEditor): void {
  const { iterations } = editor.document.plan
  const { beta, optimizer, schedule } = iterations[0]!.training
  editor.setMany(
    iterations.flatMap((_, i) => [
      { path: `plan.iterations.${i}.training.beta`, value: beta },
      { path: `plan.iterations.${i}.training.optimizer.lr`, value: optimizer.lr },
      { path: `plan.iterations.${i}.training.schedule.stopEpoch`, value: schedule.stopEpoch },
      { path: `plan.iterations.${i}.training.schedule.scheduleEpochs`, value: schedule.scheduleEpochs },
    ]),
  )
}

function Cell({
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
function RateBox({ editor, iteration }: { editor: PlanEditor; iteration: number }) {
  const path = `plan.iterations.${iteration}.training.optimizer.lr`
  const value = valueAt(editor.document, path)
  const [typed, setTyped] = useState<string | null>(null)
  const problem = editor.problemAt(path)
  return (
    <>
      <TextInput
        className="plan-number"
        size="xs"
        inputMode="decimal"
        aria-label={table.of(table.lr, String(iteration))}
        value={typed ?? (typeof value === 'number' ? value.toExponential(1) : '')}
        disabled={editor.readOnly}
        error={problem !== null}
        data-warned={editor.isWarned(path) || undefined}
        onChange={({ currentTarget }) => {
          const text = currentTarget.value
          setTyped(text)
          const rate = Number(text.replace('−', '-'))
          editor.set(path, text.trim() === '' || !Number.isFinite(rate) ? '' : rate)
        }}
        onBlur={() => typeof value === 'number' && setTyped(null)}
      />
      {problem && <p className="hint plan-problem">{problem}</p>}
    </>
  )
}
