import { Tooltip } from '@mantine/core'
import type { PlanForecast, StageSeconds } from '../../contract/app.ts'
import { duration, scientific, whole } from '../components/numbers.ts'
import { Section } from '../components/sections.tsx'
import { planStrings as words } from '../strings/plan.ts'
import { NumberCell, RateCell } from './iteration-cells.tsx'
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
  const { batchSize } = iterations[0]!.training
  const { check } = editor
  // Of a plan that was run there is no forecast to wait for.
  const blank = editor.readOnly ? table.not : ''
  const timeClass = `end number${dimmed ? ' plan-dimmed' : ''}`
  const times = (seconds: StageSeconds | null | undefined) =>
    (['generate', 'train', 'evaluate'] as const).map((stage) => (
      <td key={stage} className={timeClass}>
        {seconds ? (seconds[stage] === null ? table.not : duration(seconds[stage])) : blank}
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
      <div className="plan-table-frame">
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
            {iterations.map((iteration, i) => (
              // Iterations have no other identity than their number.
              // oxlint-disable-next-line react/no-array-index-key
              <tr key={i}>
                <th scope="row" className="number">
                  {i}
                </th>
                <td>
                  <RateCell editor={editor} iteration={i} />
                </td>
                <td>
                  <NumberCell editor={editor} iteration={i} rest="training.beta" name={table.beta} />
                </td>
                <td>
                  <NumberCell
                    editor={editor}
                    iteration={i}
                    rest="training.schedule.stopEpoch"
                    name={table.epochs}
                  />
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
                <td className="plan-fixed number">
                  {check?.sft &&
                    Number((check.sft.steps / Math.ceil(check.sft.pairs / batchSize)).toFixed(1))}
                </td>
                <td>{table.sftPairs}</td>
                <td className="end number plan-steps">{check?.sft ? whole(check.sft.steps) : ''}</td>
                {times(forecast?.sft)}
              </tr>
            )}
          </tbody>
        </table>
      </div>
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
