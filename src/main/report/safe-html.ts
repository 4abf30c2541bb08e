/** Markup that may be written as it is. Only the `html` tag makes it, so every other text is escaped. */
export class SafeHtml {
  readonly markup: string

  constructor(markup: string) {
    this.markup = markup
  }

  toString(): string {
    return this.markup
  }
}

export type HtmlValue = SafeHtml | string | number | null | undefined | readonly HtmlValue[]

/** Template tag: every interpolated value is escaped unless it was made by this tag itself. Lists are joined. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): SafeHtml {
  let markup = parts[0] ?? ''
  values.forEach((value, i) => {
    markup += render(value) + (parts[i + 1] ?? '')
  })
  return new SafeHtml(markup)
}

/** For constants of this source (styles) that are not markup to be escaped. Never for data. */
export function trusted(markup: string): SafeHtml {
  return new SafeHtml(markup)
}

function render(value: HtmlValue): string {
  if (value === null || value === undefined) return ''
  if (value instanceof SafeHtml) return value.markup
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value))
  return value.map(render).join('')
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/**
 * Text for element content and quoted attributes. Control characters that HTML forbids become the replacement
 * character: a model can sample anything.
 */
export function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => entities[character]!)
    .replace(/(?![\t\n\r])\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu, '\ufffd')
}
