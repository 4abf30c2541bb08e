import type { EvaluationAnswer } from '../../contract/engine.ts'
import type { NamedAnswers } from './held-out-scores.ts'
import { html, type SafeHtml } from './safe-html.ts'

export interface SheetOptions {
  /** Prompts shown. */
  rows?: number
  temperature: number
}

/**
 * Prompts with the human answer and every model's greedy answer side by side. The prompts are the first by id, a hash
 * of the prompt: fixed before any model was trained, so nothing was picked. The last model is the one being made.
 */
export function answerSheet(
  models: readonly NamedAnswers[],
  { rows = 48, temperature }: SheetOptions,
): SafeHtml {
  const base = models[0]
  if (!base) return html``
  const byModel = models.map(({ answers }) => new Map(answers.map((answer) => [answer.id, answer])))
  const shown = [...base.answers].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)).slice(0, rows)
  const head = html`<div class="item head">
    <span></span><span>Prompt</span
    ><span class="who-human">Human</span
    >${models.map(({ name }, i) => html`<span class="${columnClass(i, models.length).name}">${capitalised(name)}</span>`)}
  </div>`
  const items = shown.map((row, i) => {
    const answers = byModel.map((answersById, column) =>
      modelAnswer(
        answersById.get(row.id),
        models[column]!.name,
        columnClass(column, models.length),
        temperature,
      ),
    )
    return html`<div class="item">
      <span class="no">${i + 1}</span>
      <div class="prompt"><span class="text">${row.prompt}</span></div>
      <div class="answer real"><span class="who">Human</span>${text(row.real)}</div>
      ${answers}
    </div>`
  })
  return html`<section>
    <h2>
      Held-out prompts, side by side<small
        >${shown.length} of ${base.answers.length}, the first by hash, not chosen; greedy answers, and how
        many samples at temperature ${temperature} were valid</small
      >
    </h2>
    <div class="sheet" style="--answers: ${models.length + 1}">${head}${items}</div>
  </section>`
}

function modelAnswer(
  answer: EvaluationAnswer | undefined,
  name: string,
  className: ReturnType<typeof columnClass>,
  temperature: number,
): SafeHtml {
  if (!answer) return html`<div class="answer"><span class="empty">Not answered</span></div>`
  const valid = answer.sampledValid.filter(Boolean).length
  const samples = answer.sampledValid.length > 0 ? ` · ${valid}/${answer.sampledValid.length}` : ''
  const mark = answer.greedyValid
    ? html`<span class="mark">✓ valid${samples}</span>`
    : html`<span class="mark bad">✕ not valid${samples}</span>`
  return html`<div class="answer ${className.cell}">
    <span class="who ${className.name}">${capitalised(name)}</span>${text(answer.greedy)}<span
      title="samples valid at temperature ${temperature}"
      >${mark}</span
    >
  </div>`
}

function text(answer: string): SafeHtml {
  return answer.trim() === ''
    ? html`<span class="empty">(empty)</span>`
    : html`<span class="text">${answer}</span>`
}

function columnClass(column: number, count: number): { name: string; cell: string } {
  if (column === count - 1 && count > 1) return { name: 'who-new', cell: 'new' }
  return { name: '', cell: column === 0 ? 'first' : 'other' }
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}
