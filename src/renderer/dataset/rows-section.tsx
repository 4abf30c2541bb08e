import { useState } from 'react'
import type { ImportResult } from '../../contract/engine.ts'
import { whole } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { datasetStrings } from '../strings/dataset.ts'
import { useAction, useMain } from '../use-main.ts'
import { useProject } from '../use-project.tsx'
import { saveDroppedRows } from './save-dropped-rows.ts'

const words = datasetStrings.report
const examplesShown = 8

/** What became of every row: kept, dropped and why, and on which side it falls. */
export function RowsSection({ data }: { data: ImportResult }) {
  const client = useMain()
  const { id: projectId, name } = useProject()
  const saving = useAction()
  const used = data.trainRows + data.testRows
  const dropped = Object.values(data.dropped).reduce((sum, count) => sum + count, 0)
  const kept = data.readRows - dropped
  const unused = kept - used
  const share = data.readRows === 0 ? 0 : kept / data.readRows
  return (
    <Section
      title={words.title}
      actions={
        dropped > 0 && (
          <button
            type="button"
            className="link accent strong"
            disabled={saving.busy}
            onClick={() => saving.run(() => saveDroppedRows(client, projectId, name))}
          >
            {words.save}
          </button>
        )
      }
    >
      {saving.problem && <Strip kind="error">{saving.problem}</Strip>}
      <div className="rows-report">
        <div>
          <p className="headline number">{whole(kept)}</p>
          <p className="secondary number">
            {words.kept(whole(data.readRows), `${(100 * share).toFixed(1)}%`)}
          </p>
          <div className="kept-bar" role="img" aria-label={words.bar(whole(kept), whole(dropped))}>
            {used > 0 && <div style={{ flexGrow: used }} />}
            {unused > 0 && <div className="rows-unused" style={{ flexGrow: unused }} />}
            {dropped > 0 && <div className="rows-lost" style={{ flexGrow: dropped }} />}
          </div>
          <p className="hint number">
            {words.train(whole(data.trainRows))}
            <br />
            {words.test(whole(data.testRows))}
            {unused > 0 && (
              <>
                <br />
                {words.unused(whole(unused))}
              </>
            )}
          </p>
        </div>
        {dropped > 0 ? (
          <DroppedTable data={data} dropped={dropped} />
        ) : (
          <p className="secondary">{words.nothing}</p>
        )}
      </div>
    </Section>
  )
}

type Reason = keyof ImportResult['dropped']

function DroppedTable({ data, dropped }: { data: ImportResult; dropped: number }) {
  const [open, setOpen] = useState<Reason | null>(null)
  const reasons = (Object.entries(data.dropped) as [Reason, number][]).toSorted(([, a], [, b]) => b - a)
  return (
    <table className="dropped-table">
      <thead>
        <tr>
          <th className="end">{words.dropped(whole(dropped))}</th>
          <th>{words.reason}</th>
          <th>{words.note}</th>
        </tr>
      </thead>
      {reasons.map(([reason, count]) => {
        const examples = data.examples.filter((row) => row.reason === reason)
        const listed = examples.slice(0, 3).map(({ row }) => whole(row))
        const list = listed.join(', ')
        const isOpen = open === reason
        return (
          <tbody key={reason}>
            <tr>
              <td className="end number">
                <strong>{whole(count)}</strong>
              </td>
              <td>
                <button
                  type="button"
                  className="link"
                  aria-expanded={isOpen}
                  onClick={() => setOpen(isOpen ? null : reason)}
                >
                  {words.reasons[reason]}
                </button>
              </td>
              <td className="hint">
                {listed.length > 0 &&
                  (listed.length === 1 ? words.rowList : words.rowsList)(list, count > listed.length)}
              </td>
            </tr>
            {isOpen &&
              examples.slice(0, examplesShown).map(({ source, row, detail }) => (
                <tr key={`${source} ${row}`} className="example">
                  <td />
                  <td className="secondary">{detail}</td>
                  <td className="hint">
                    {words.example(source.split(/[\\/]/).at(-1) ?? source, whole(row))}
                  </td>
                </tr>
              ))}
          </tbody>
        )
      })}
    </table>
  )
}
