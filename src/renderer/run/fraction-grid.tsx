import type { RunView } from '../../contract/app.ts'
import { addressOf } from '../navigation.tsx'
import { runStrings as words } from '../strings/run.ts'
import { fractionRows, type FractionCellView, type FractionRowView } from './fraction-cells.ts'

const wideCells = 16
const legendOrder = ['saved', 'earlier', 'now', 'retried', 'waiting'] as const

/** What is answered of what is planned, a cell a fraction. */
export function FractionGrid({ view }: { view: RunView }) {
  const rows = fractionRows(view)
  const planned = rows[0]?.planned ?? 0
  const looks = new Set(rows.flatMap(({ cells }) => cells.map(({ look }) => look)))
  const hasAnswers = rows.some(({ saved }) => saved > 0)
  return (
    <section className="section" aria-label={words.answers}>
      <div className="spread">
        <h2>{words.answers}</h2>
        {planned > 0 && <span className="hint number">{words.fractionsOf(planned, view.plan.fracLen)}</span>}
      </div>
      {planned === 0 ? (
        <p className="hint">{words.fractionsUnknown}</p>
      ) : (
        <>
          <div className="fraction-rows" role="list">
            {rows.map((row) => (
              <Row key={row.iteration} row={row} />
            ))}
          </div>
          <div className="spread fraction-legend">
            <span className="row hint">
              {legendOrder
                .filter((look) => looks.has(look))
                .map((look) => (
                  <span key={look} className="row">
                    <Cell cell={{ look, share: 0.5 }} /> {words.fractionLegend[look]}
                  </span>
                ))}
            </span>
            {hasAnswers && (
              <a href={addressOf({ name: 'project', projectId: view.run.projectId, step: 'samples' })}>
                {words.readAnswers}
              </a>
            )}
          </div>
        </>
      )}
    </section>
  )
}

function Row({ row: { iteration, isCurrent, saved, planned, retried, cells } }: { row: FractionRowView }) {
  const text = words.fractionRow(iteration, saved, planned, retried)
  const columns =
    cells.length <= wideCells ? `repeat(${wideCells}, 18px)` : `repeat(${Math.min(cells.length, 30)}, 1fr)`
  return (
    <div className="fraction-row" role="listitem" aria-label={text} title={text}>
      <span className={isCurrent ? 'fraction-name current' : 'fraction-name'}>
        {words.shortIteration(iteration)}
      </span>
      <div
        className={cells.length <= wideCells ? 'fraction-cells' : 'fraction-cells dense'}
        style={{ gridTemplateColumns: columns }}
        aria-hidden="true"
      >
        {cells.map((cell, i) => (
          <Cell key={i} cell={cell} />
        ))}
      </div>
    </div>
  )
}

function Cell({ cell: { look, share } }: { cell: FractionCellView }) {
  return (
    <span className={`fraction-cell ${look}`}>
      {look === 'now' && <span style={{ height: `${100 * share}%` }} />}
    </span>
  )
}
