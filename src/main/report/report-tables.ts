import type { Comparison, Report } from '../../contract/report.ts'
import { duration, fixed, points, signedPoints, thousands } from './number-format.ts'
import { html, type HtmlValue, type SafeHtml } from './safe-html.ts'
import { scoreRows, type ScoreRow } from './score-table.ts'
import { baseName, iterationName, lastIterationName, sftName } from './verdict-sentence.ts'

/** One row a model: scores with errors, the paired difference to the base, held-out measures, time. */
export function scoreTable(report: Report): SafeHtml {
  const temperature = report.base.evaluation.temperature
  const last = lastIterationName(report)
  const score = (value: number | null, error: number | null): HtmlValue =>
    value === null ? '–' : html`${points(value)} <span class="err">±${points(error ?? 0)}</span>`
  const row = (r: ScoreRow): SafeHtml =>
    html`<tr class="${r.name === last ? 'final' : r.name === sftName ? 'sft' : ''}">
      <td>${r.name.charAt(0).toUpperCase() + r.name.slice(1)}</td>
      <td>${score(r.sampled, r.sampledError)}</td>
      <td>${difference(r.overBaseSampled)}</td>
      <td>${score(r.greedy, r.greedyError)}</td>
      <td>${difference(r.overBaseGreedy)}</td>
      <td>${fixed(r.heldOutNll, 3)}</td>
      <td>${fixed(r.heldOutLoss, 3)}</td>
      <td>${r.rewardAccuracy === null ? '–' : `${Math.round(r.rewardAccuracy * 100)}%`}</td>
      <td>${fixed(r.margin, 2)}</td>
      <td>${fixed(r.kl, 2)}</td>
      <td>${r.makeSeconds === 0 ? '–' : duration(r.makeSeconds)}</td>
    </tr>`
  const tempered = report.base.temperatures.map(
    (t) =>
      html`<tr class="apart">
        <td>Base at temperature ${t.temperature}</td>
        <td>${score(t.sampled, t.standardError)}</td>
        <td colspan="9"></td>
      </tr>`,
  )
  return html`<section>
    <h2>
      Scores<small
        >held-out prompts; share of valid answers in points ± one standard error; “over base” is the paired
        difference</small
      >
    </h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th></th>
            <th>T ${temperature}</th>
            <th>over base</th>
            <th>Greedy</th>
            <th>over base</th>
            <th>Human NLL<br />nats a token</th>
            <th>SPIN loss</th>
            <th>Reward<br />accuracy</th>
            <th>Margin<br />nats</th>
            <th>KL<br />nats</th>
            <th>Made in</th>
          </tr>
        </thead>
        <tbody>
          ${scoreRows(report).map(row)}${tempered}
        </tbody>
      </table>
    </div>
    <p class="quiet" style="margin-top: 12px">
      SPIN loss, reward accuracy, margin and KL are each model against the one it started from. A SPIN step
      works on two answers a row and an SFT step on one, so equal steps are not equal time: see “Made in”,
      which counts everything from the base to that model, scoring excepted.
    </p>
  </section>`
}

function difference(comparison: Comparison | undefined): SafeHtml {
  if (!comparison) return html`–`
  return html`<span class="${worseClass(comparison)}">${signedPoints(comparison.mean)}</span>
    <span class="err">±${points(comparison.standardError)}</span>
    <span class="note">${judged(comparison)}</span>`
}

/** What each iteration's pairs and training were like. */
export function pairTable(report: Report): SafeHtml {
  const audited = report.iterations.flatMap(({ iteration, pairs, train }) =>
    pairs.audit ? [{ iteration, audit: pairs.audit, train }] : [],
  )
  if (audited.length === 0) return html``
  const share = (count: number, rows: number): string => `${((100 * count) / Math.max(rows, 1)).toFixed(1)}%`
  const lines: [string, (entry: (typeof audited)[number]) => string][] = [
    ['Pairs made', ({ audit }) => thousands(audit.rows)],
    ['Pairs trained on, previous iteration’s included', ({ train }) => thousands(train.pairs)],
    ['Generated equals human, used for NLL only', ({ audit }) => share(audit.equal, audit.rows)],
    ['Cut at the token limit', ({ audit }) => share(audit.capped, audit.rows)],
    ['Empty', ({ audit }) => share(audit.empty, audit.rows)],
    ['Median characters, human', ({ audit }) => fixed(audit.medianRealCharacters, 0)],
    ['Median characters, generated', ({ audit }) => fixed(audit.medianGeneratedCharacters, 0)],
    ['SPIN loss at step 0 (ln 2 = 0.6931)', ({ train }) => fixed(train.step0Loss, 4)],
    ['SPIN loss at the last step', ({ train }) => fixed(train.lastLoss, 4)],
  ]
  return html`<figure>
    <h3>Pairs</h3>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th></th>
            ${audited.map(({ iteration }) => html`<th>Iteration ${iteration}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${lines.map(
            ([label, value]) =>
              html`<tr>
                <td>${label}</td>
                ${audited.map((entry) => html`<td>${value(entry)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </figure>`
}

/** Scores by kind of task, where the rows' checkers name more than one. */
export function kindTable(report: Report): SafeHtml {
  const kinds = Object.keys(report.base.evaluation.byKind).sort()
  if (kinds.length < 2) return html``
  const models = [
    { name: baseName, evaluation: report.base.evaluation },
    ...report.iterations.map(({ iteration, evaluation }) => ({ name: iterationName(iteration), evaluation })),
    ...(report.sft ? [{ name: sftName, evaluation: report.sft.evaluation }] : []),
  ]
  const cell = (value: number | null | undefined): string =>
    value === null || value === undefined ? '–' : points(value)
  return html`<section>
    <h2>
      By kind of task<small
        >valid answers, points: temperature ${report.base.evaluation.temperature} / greedy</small
      >
    </h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th></th>
            <th>Prompts</th>
            ${models.map(({ name }) => html`<th>${name.charAt(0).toUpperCase() + name.slice(1)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${kinds.map(
            (kind) =>
              html`<tr>
                <td>${kind}</td>
                <td>${report.base.evaluation.byKind[kind]!.rows}</td>
                ${models.map(({ evaluation }) => html`<td>${cell(evaluation.byKind[kind]?.sampled)} <span class="err">/ ${cell(evaluation.byKind[kind]?.greedy)}</span></td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`
}

export function judged(comparison: Comparison): string {
  return comparison.clear ? 'clear' : 'within error'
}

export function worseClass(comparison: Comparison): string {
  return comparison.clear && comparison.mean < 0 ? 'worse' : ''
}
