import { trusted } from './safe-html.ts'

/**
 * The report's look: the colours, type sizes and hairlines of the app. Teal is human, orange is generated, indigo is
 * the model being made; base and SFT are neutral. Follows the reader's colour scheme, and prints.
 */
export const reportStyle = trusted(`
:root {
  color-scheme: light dark;
  --surface: #fff; --sunken: #f7f8fa; --line: #e2e5ea; --grid: #ebedf1;
  --text: #1a1e26; --text2: #4a5261; --text3: #626a79;
  --accent: #4450c8; --accent-soft: #e8eafa;
  --human: #056c77; --human-soft: #d6eef0; --generated: #a94a09; --generated-soft: #fce6d8;
  --error: #b3243d; --error-soft: #fce6ea; --warning: #785600; --warning-soft: #fff2c7;
  --m1: #e3e6eb; --m2: #cdd2da; --m3: #aeb5c1; --m4: #8c94a3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --surface: #1b1e23; --sunken: #22262d; --line: #30353e; --grid: #272b33;
    --text: #e8eaee; --text2: #b6bcc7; --text3: #959dab;
    --accent: #a3acff; --accent-soft: #2a2f55;
    --human: #4fc4d0; --human-soft: #123a3f; --generated: #f29e62; --generated-soft: #4a2a15;
    --error: #ff8c9c; --error-soft: #46202a; --warning: #e8c452; --warning-soft: #3a3010;
    --m1: #343a44; --m2: #454c58; --m3: #5f6775; --m4: #7f8796;
  }
}
* { box-sizing: border-box }
html { background: var(--surface) }
body { margin: 0 auto; max-width: 1240px; background: var(--surface); color: var(--text);
  font: 400 13px/20px Inter, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
  -webkit-text-size-adjust: 100%; font-feature-settings: 'cv05' }
header, section, footer { padding: 20px 24px; border-bottom: 1px solid var(--line) }
header { padding-top: 28px; display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 16px }
h1 { margin: 0; font-size: 18px; line-height: 24px; font-weight: 620 }
h2 { margin: 0 0 12px; font-size: 13px; line-height: 20px; font-weight: 620 }
h2 small, h3 small { margin-left: 8px; font-size: 12px; font-weight: 400; color: var(--text2) }
h3 { margin: 0 0 4px; font-size: 13px; font-weight: 620 }
p { margin: 0; max-width: 88ch }
.quiet { color: var(--text2); font-size: 12px; line-height: 16px }
.num, td, th, svg { font-variant-numeric: tabular-nums }
a { color: var(--accent) }

.verdict { display: grid; grid-template-columns: 264px minmax(0, 1fr); gap: 16px 48px; padding-top: 24px; padding-bottom: 28px }
.headline { font-size: 32px; line-height: 40px; font-weight: 600; letter-spacing: -.02em }
.headline + .quiet { margin-bottom: 12px }
.tag { display: inline-block; margin-bottom: 8px; padding: 0 8px; border-radius: 4px; font-size: 12px; line-height: 20px;
  font-weight: 500; color: var(--accent); background: var(--accent-soft) }
dl { margin: 0; font-size: 13px; max-width: 560px }
dl > div { display: flex; align-items: baseline; gap: 8px; padding: 5px 0; border-top: 1px solid var(--line) }
dt { flex: 1 } dd { margin: 0; text-align: right }
dd b { font-weight: 600 } dd span { color: var(--text2); font-size: 12px }
.reading { font-size: 14px; line-height: 26px; max-width: 76ch; margin-bottom: 16px }

.scroll { overflow-x: auto }
table { width: 100%; border-collapse: collapse }
th { padding: 8px 0 8px 16px; font-size: 12px; line-height: 16px; font-weight: 400; color: var(--text2); text-align: right;
  vertical-align: bottom; white-space: nowrap }
td { padding: 8px 0 8px 16px; text-align: right; border-top: 1px solid var(--line); white-space: nowrap }
th:first-child, td:first-child { padding-left: 0; text-align: left }
th:last-child, td:last-child { padding-right: 8px }
td:first-child { font-weight: 550 }
td .err { color: var(--text2); font-size: 12px }
td .note { display: inline-block; min-width: 84px; color: var(--text2); font-size: 12px }
tr.final td { background: var(--accent-soft) }
tr.final td:first-child { box-shadow: -8px 0 var(--accent-soft) }
tr.apart td { border-top-style: dashed; color: var(--text2) }
.worse { color: var(--error) }

.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(440px, 1fr)); gap: 24px 40px }
figure { margin: 0; min-width: 0 }
svg { display: block; width: 100%; height: auto; overflow: visible }
svg text { font: 400 11px/16px Inter, system-ui, sans-serif; fill: var(--text3) }
svg .label { font-size: 12px; fill: var(--text2) } svg .strong { font-weight: 600; fill: var(--text) }
svg .halo { paint-order: stroke; stroke: var(--surface); stroke-width: 5px; stroke-linejoin: round }
svg .grid { stroke: var(--grid); stroke-width: 1 } svg .axis { stroke: var(--line) }
svg .ref { stroke: var(--text2); stroke-width: 1.25; fill: none; stroke-dasharray: 1.5 3.5 }
svg .ref.faint { opacity: .55 } svg .ref.sft { stroke-dasharray: 7 4 } svg .ref.boundary { stroke: var(--text3); stroke-width: 1 }
svg .raw { fill: none; stroke-width: 1; opacity: .22 } svg .line { fill: none; stroke-width: 1.75; stroke-linejoin: round }
svg .text { stroke: var(--text) } svg .accent { stroke: var(--accent) } svg .human { stroke: var(--human) }
svg .generated { stroke: var(--generated); stroke-dasharray: 5 3 } svg .raw.generated { stroke-dasharray: none }
svg text.human { stroke: none; fill: var(--human) }
svg text.generated { stroke: none; fill: var(--generated) } svg text.accent { stroke: none; fill: var(--accent) }
svg text.text { stroke: none; fill: var(--text) }
svg .hollow { fill: var(--surface); stroke: var(--accent); stroke-width: 1.5 } svg .filled { fill: var(--accent); stroke: var(--accent) }
svg .whisker { stroke: var(--accent); stroke-width: 1.25 } svg .m1 { fill: var(--m1) } svg .m2 { fill: var(--m2) }
svg .m3 { fill: var(--m3) } svg .m4 { fill: var(--m4) }
.key { display: flex; flex-wrap: wrap; gap: 4px 20px; margin-top: 4px; color: var(--text2); font-size: 12px }
.key i { display: inline-block; width: 10px; height: 10px; margin-right: 6px; border-radius: 3px }
details { margin-top: 4px; font-size: 12px; color: var(--text2) }
summary { cursor: pointer; width: max-content }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }

.sheet { display: grid; gap: 0 }
.item { display: grid; grid-template-columns: 28px minmax(200px, 1.3fr) repeat(var(--answers), minmax(112px, 1fr)); gap: 0 20px;
  padding: 10px 0; border-top: 1px solid var(--line) }
.item.head { padding: 4px 0 8px; border-top: 0; position: sticky; top: 0; background: var(--surface); font-size: 12px;
  line-height: 16px; color: var(--text2); z-index: 1; box-shadow: 0 1px var(--line) }
.item.head + .item { border-top: 0 }
.item .no { color: var(--text3); font-size: 12px; text-align: right }
.item .answer { min-width: 0 } .item .text { display: block; white-space: pre-wrap; overflow-wrap: anywhere }
.item .prompt { min-width: 0; color: var(--text2) }
.item .answer.real { color: var(--human) } .item .answer.first, .item .answer.other { color: var(--text2) }
.item .mark { display: block; font-size: 12px; line-height: 16px; color: var(--text3); white-space: nowrap }
.item .mark.bad { color: var(--error) }
.item .who { display: none }
.who-human { color: var(--human) } .who-new { color: var(--accent); font-weight: 600 }
.empty { color: var(--text3); font-style: italic }
code { font: 12px/18px 'JetBrains Mono', ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(440px, 1fr)); gap: 24px 40px }
.facts table td { white-space: normal; overflow-wrap: anywhere } .facts td:first-child { white-space: nowrap; font-weight: 400 }
@media (max-width: 900px) {
  .verdict { grid-template-columns: 1fr } .charts, .facts { grid-template-columns: minmax(0, 1fr) }
  .item { grid-template-columns: 28px minmax(0, 1fr) } .item > * { grid-column: 2 } .item > .no { grid-column: 1 }
  .item.head { display: none } .item .answer { margin-top: 6px } .item .who { display: block; font-size: 12px; line-height: 16px }
}
@media print { .item { break-inside: avoid } .item.head { position: static } details { display: none } }
`)
