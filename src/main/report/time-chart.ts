import type { Report } from '../../contract/report.ts'
import { round } from './chart-frame.ts'
import { duration } from './number-format.ts'
import { html, type SafeHtml } from './safe-html.ts'
import { baseName, iterationName, sftName } from './verdict-sentence.ts'

const stageKeys = [
  ['generate', 'answering prompts', 'm3'],
  ['gather', 'gathering pairs', 'm1'],
  ['finetune', 'training', 'm4'],
  ['evaluate', 'scoring on held-out prompts', 'm2'],
] as const

type StageSeconds = Partial<Record<(typeof stageKeys)[number][0], number>>

/** One bar a model: where its seconds went. */
export function timeChart(report: Report): SafeHtml {
  const rows: { name: string; seconds: StageSeconds }[] = [
    { name: baseName, seconds: report.base.seconds },
    ...report.iterations.map(({ iteration, seconds }) => ({ name: iterationName(iteration), seconds })),
    ...(report.sft ? [{ name: sftName, seconds: report.sft.seconds }] : []),
  ]
  const totals = rows.map(({ seconds }) => stageKeys.reduce((sum, [key]) => sum + (seconds[key] ?? 0), 0))
  const width = 560
  const left = 84
  const perSecond = (width - left - 96) / Math.max(...totals, 1e-9)
  const rowHeight = 30
  const bars = rows.map(({ name, seconds }, i) => {
    const y = i * rowHeight
    let x = left
    const parts = stageKeys.map(([key, , className]) => {
      const span = (seconds[key] ?? 0) * perSecond
      const part =
        span > 0.2
          ? html`<rect
              class="${className}"
              x="${round(x)}"
              y="${y + 6}"
              width="${round(Math.max(span - 1, 0.8))}"
              height="18"
              rx="2"
              ><title>${name}, ${key}: ${duration(seconds[key] ?? 0)}</title></rect
            >`
          : html``
      x += span
      return part
    })
    return html`<text class="label" x="${left - 12}" y="${y + 19}" text-anchor="end">${name}</text
      >${parts}<text class="label strong" x="${round(x) + 8}" y="${y + 19}">${duration(totals[i]!)}</text>`
  })
  const height = rows.length * rowHeight
  return html`<figure>
    <h3>Where the time went<small>${duration(report.seconds)} in all</small></h3>
    <svg
      viewBox="0 0 ${width} ${height}"
      role="img"
      aria-label="${rows.map(({ name }, i) => `${name} ${duration(totals[i]!)}`).join(', ')}"
    >
      ${bars}
    </svg>
    <div class="key">
      ${stageKeys.map(([, label, className]) => html`<span><i style="background: var(--${className})"></i>${label}</span>`)}
    </div>
  </figure>`
}
