import type { Comparison, Report } from '../../contract/report.ts'
import { answerSheet } from './answer-sheet.ts'
import type { NamedAnswers } from './held-out-scores.ts'
import { duration, gigabytes, points, signedPoints, thousands } from './number-format.ts'
import { reportStyle } from './report-style.ts'
import { html, type SafeHtml } from './safe-html.ts'
import { judged, kindTable, pairTable, scoreTable, worseClass } from './report-tables.ts'
import { scoreChart } from './score-chart.ts'
import { timeChart } from './time-chart.ts'
import { trainingCharts } from './training-charts.ts'
import {
  baseName,
  bestLowerTemperature,
  findComparison,
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
