import { describe, expect, it } from 'vitest'
import { buildReport } from '../../../src/main/report/build-report.ts'
import { axisTicks, spreadLabels } from '../../../src/main/report/chart-frame.ts'
import { reportHtml } from '../../../src/main/report/report-html.ts'
import { escapeHtml, html } from '../../../src/main/report/safe-html.ts'
import { sampleFindings } from './sample-findings.ts'

const hostile = `<script>alert("1")</script> & <img src=x onerror='y'> \u0000 \ud800`

function page(change: (answers: ReturnType<typeof sampleFindings>) => void = () => undefined): string {
  const findings = sampleFindings()
  change(findings)
  const models = [
    { name: 'base', answers: findings.base.answers },
    ...findings.iterations.map(({ iteration, answers }) => ({ name: `iteration ${iteration}`, answers })),
  ]
  return reportHtml(buildReport(findings), models)
}

describe('reportHtml', () => {
  it('is one file that asks for nothing and runs nothing', () => {
    const markup = page()
    expect(markup).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|src=|href=|\son\w+=/i)
    expect(markup).toContain('prefers-color-scheme: dark')
  })

  it('escapes every text that a dataset, a model or a setting can bring', () => {
    const markup = page((findings) => {
      const row = [...findings.base.answers].sort((a, b) => (a.id < b.id ? -1 : 1))[0]!
      Object.assign(row, { prompt: hostile, real: hostile, greedy: hostile })
      findings.title = hostile
      findings.settings = { note: hostile }
      findings.versions = { [hostile]: hostile }
      findings.base.evaluation.byKind = {
        [hostile]: { rows: 1, greedy: 0, sampled: 0 },
        other: { rows: 1, greedy: 0, sampled: 0 },
      }
    })
    expect(markup).not.toMatch(/<script|<img|alert\("/)
    expect(markup).not.toMatch(/\u0000|\ud800/u)
    expect(markup).toContain('&lt;script&gt;')
  })

  it('closes what it opens, with numbers in every chart', () => {
    const markup = page()
    for (const tag of ['section', 'table', 'tr', 'svg', 'figure', 'div', 'span', 'main', 'details']) {
      expect(markup.split(`<${tag}`).length, tag).toBe(markup.split(new RegExp(`</${tag}\\s*>`)).length)
    }
    expect(markup).not.toMatch(/NaN|Infinity|undefined|\[object/)
    expect(markup.match(/<svg/g)!.length).toBeGreaterThanOrEqual(6)
  })

  it('lays at least forty held-out prompts side by side with base, every iteration and the human answer', () => {
    const markup = page()
    expect(markup.match(/class="item"/g)!.length).toBeGreaterThanOrEqual(40)
    expect(markup).toContain('>Human<')
    expect(markup).toContain('>Iteration 1<')
    expect(markup).toMatch(/✓ valid · \d\/4/)
    expect(markup).toContain('✕ not valid')
  })

  it('shows ln 2 in the loss chart', () => {
    expect(page()).toContain('ln 2 = 0.693')
  })

  it('shows KL and entropy where they were measured, and leaves them out of runs that lack them', () => {
    const titles = ['KL from the opponent', 'Entropy of the policy']
    for (const title of titles) expect(page()).toContain(title)
    const older = page((findings) => {
      for (const found of findings.iterations)
        Object.assign(found, { curve: found.curve.map((point) => ({ ...point, kl: null, entropy: null })) })
    })
    for (const title of titles) expect(older).not.toContain(title)
    expect(older).toContain('ln 2 = 0.693')
  })

  it('copes with a flat score and with training without a curve', () => {
    const markup = page((findings) => {
      for (const found of findings.iterations)
        Object.assign(found, { answers: findings.base.answers, curve: [] })
    })
    expect(markup).not.toMatch(/NaN|Infinity/)
  })
})

describe('html', () => {
  it('escapes values and keeps nested markup and lists', () => {
    expect(html`<b>${'<i>'}</b>${[html`<u>${1}</u>`, '&']}${null}`.markup).toBe(
      '<b>&lt;i&gt;</b><u>1</u>&amp;',
    )
    expect(escapeHtml('line\nbreak\ttab')).toBe('line\nbreak\ttab')
  })
})

describe('charts', () => {
  it('marks axes at round numbers', () => {
    expect(axisTicks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
    expect(axisTicks(0.493, 0.72)).toEqual([0.5, 0.55, 0.6, 0.65, 0.7])
  })

  it('moves labels apart without changing their order or leaving the chart', () => {
    const places = spreadLabels([50, 51, 52, 199], 14, 10, 200)
    expect(places[1]! - places[0]!).toBeGreaterThanOrEqual(14)
    expect(places[2]! - places[1]!).toBeGreaterThanOrEqual(14)
    expect(Math.max(...places)).toBeLessThanOrEqual(200)
  })
})
