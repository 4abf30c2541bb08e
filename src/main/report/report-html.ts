import type { Comparison, Report } from '../../contract/report.ts'
import { answerSheet } from './answer-sheet.ts'
import type { NamedAnswers } from './held-out-scores.ts'
import { duration, fixed, gigabytes, points, signedPoints, thousands } from './number-format.ts'
import { reportStyle } from './report-style.ts'
import { html, type HtmlValue, type SafeHtml } from './safe-html.ts'
import { scoreChart } from './score-chart.ts'
import { scoreRows, type ScoreRow } from './score-table.ts'
import { timeChart } from './time-chart.ts'
import { trainingCharts } from './training-charts.ts'
import {
  baseName,
  bestLowerTemperature,
  findComparison,
  iterationName,
  lastIterationName,
  sftName,
  temperedBaseName,
} from './verdict-sentence.ts'

/**
 * The whole report as one file: no script, no request, no font to fetch. `models` hold the answers for the sheet,
 * base first and the model being made last.
 */
export function reportHtml(report: Report, models: readonly NamedAnswers[]): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${report.title}</title>
        <style>
          ${reportStyle}
        </style>
      </head>
      <body>
        <header>
          <h1>${report.title}</h1>
          <span class="quiet">${subtitle(report)}</span>
        </header>
        <main>
          ${verdict(report)}
          <section>
            <h2>Score by iteration</h2>
            <div class="charts">${scoreChart(report, 'sampled')}${scoreChart(report, 'greedy')}</div>
          </section>
          ${scoreTable(report)}
          <section>
            <h2>Training</h2>
            <div class="charts">${trainingCharts(report)}</div>
          </section>
          <section><div class="charts">${timeChart(report)}${pairTable(report)}</div></section>
          ${kindTable(report)} ${answerSheet(models, { temperature: report.base.evaluation.temperature })}
          ${provenance(report)}
        </main>
        <footer class="quiet">
          Teal is human, orange is generated, indigo is the model being made. ± is one standard error;
          intervals and “clear” come from a paired bootstrap over the held-out prompts (95%).
        </footer>
      </body>
    </html> `
  return page.markup
}

function subtitle(report: Report): string {
  const steps = report.iterations.map(({ train }) => train.steps).join(' + ')
  return `${thousands(report.dataset.trainRows)} training prompts, ${thousands(report.base.evaluation.rows)} held-out prompts, ${steps} steps, ${duration(report.seconds)}, ${gigabytes(report.peakRssBytes)} of memory at most`
}

function verdict(report: Report): SafeHtml {
  const last = report.iterations.at(-1)!
  const name = lastIterationName(report)
  const score = last.evaluation.sampled === null ? 'greedy' : 'sampled'
  const value = last.evaluation[score] ?? 0
  const best = bestLowerTemperature(report)
  const lines: [string, Comparison | undefined][] = [
    ['Over base', findComparison(report, name, baseName, score)],
    ['Over equal SFT', findComparison(report, name, sftName, score)],
    ['Over base, greedy', score === 'greedy' ? undefined : findComparison(report, name, baseName, 'greedy')],
    [
      'Over equal SFT, greedy',
      score === 'greedy' ? undefined : findComparison(report, name, sftName, 'greedy'),
    ],
    [
      best ? `Over base at temperature ${best.temperature}` : '',
      best && findComparison(report, name, temperedBaseName(best.temperature), 'sampled'),
    ],
  ]
  return html`<section class="verdict">
    <div>
      <span class="tag">After iteration ${last.iteration}</span>
      <div class="headline num">${points(value)}</div>
      <div class="quiet">
        valid answers of 100,
        ${score === 'greedy' ? 'greedy' : `sampled at temperature ${last.evaluation.temperature}`}
      </div>
    </div>
    <div>
      <p class="reading">${report.sentence}</p>
      <dl>
        ${lines.flatMap(([label, comparison]) => (comparison ? [differenceLine(label, comparison)] : []))}
      </dl>
    </div>
  </section>`
}

function differenceLine(label: string, comparison: Comparison): SafeHtml {
  return html`<div>
    <dt>${label}</dt>
    <dd class="num">
      <b class="${worseClass(comparison)}">${signedPoints(comparison.mean)}</b>
      <span>±${points(comparison.standardError)} pts, ${judged(comparison)}</span>
    </dd>
  </div>`
}

function scoreTable(report: Report): SafeHtml {
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

function pairTable(report: Report): SafeHtml {
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

function kindTable(report: Report): SafeHtml {
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

function provenance(report: Report): SafeHtml {
  const hashes: [string, string][] = [
    ['base model', report.base.model.sha256],
    ...report.iterations.flatMap(({ iteration, generated, pairs, model }): [string, string][] => [
      [`iteration ${iteration} answers`, generated.sha256],
      [`iteration ${iteration} pairs`, pairs.sha256],
      [`iteration ${iteration} model`, model.sha256],
    ]),
    ...(report.sft ? [['SFT model', report.sft.model.sha256] satisfies [string, string]] : []),
  ]
  const table = (rows: readonly (readonly [string, string])[]): SafeHtml =>
    html`<div class="scroll">
      <table>
        <tbody>
          ${rows.map(
            ([name, value]) =>
              html`<tr>
                <td>${name}</td>
                <td><code>${value}</code></td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`
  return html`<section class="facts">
    <div>
      <h3>Fingerprints<small>sha256</small></h3>
      ${table(hashes)}
    </div>
    <div>
      <h3>Made with</h3>
      ${table([['when', report.createdAt], ...Object.entries(report.versions)])}
      <details>
        <summary>All settings</summary>
        <code style="white-space: pre-wrap">${JSON.stringify(report.settings, null, 2)}</code>
      </details>
    </div>
  </section>`
}

function judged(comparison: Comparison): string {
  return comparison.clear ? 'clear' : 'within error'
}

function worseClass(comparison: Comparison): string {
  return comparison.clear && comparison.mean < 0 ? 'worse' : ''
}
