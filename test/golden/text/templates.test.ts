import { expect, test } from 'vitest'
import type { Message } from '../../../src/contract/chat.ts'
import { createChatTemplate } from '../../../src/engine/text/chat-template.ts'
import { TemplateError } from '../../../src/engine/text/jinja/template-error.ts'
import { compileTemplate } from '../../../src/engine/text/jinja/template.ts'
import { createRenderer } from '../../../src/engine/text/renderer.ts'
import { strftimeFixed } from '../../../src/engine/text/strftime-fixed.ts'
import { loadGoldenTokenizer, readGz, type TemplateGolden } from './read-text-golden.ts'

const { conversations, templates } = readGz<{ conversations: Message[][]; templates: TemplateGolden[] }>(
  'templates.json.gz',
)
const { variables, probes } = readGz<{
  variables: Record<string, unknown>
  probes: [string, string | null][]
}>('probes.json.gz')

/** What a run gives; null where it raises. */
function orRaised<Result>(run: () => Result): Result | null {
  try {
    return run()
  } catch (error) {
    if (
      error instanceof TemplateError ||
      (error instanceof Error && 'code' in error && error.code === 'TEMPLATE_BROKEN')
    )
      return null
    throw error
  }
}

for (const { name, kind, text, results } of templates) {
  test(`${name}: each conversation renders to transformers' text and ids, or raises where it does`, async () => {
    const tokenizer = await loadGoldenTokenizer(kind)
    const template = createChatTemplate(text, tokenizer, 'tokenizer_config.json')
    const renderer = createRenderer({ tokenizer, template, format: 'chat', eosIds: [0] })
    expect(results).toHaveLength(conversations.length)
    conversations.forEach((conversation, i) => {
      for (const [at, addGenerationPrompt] of [false, true].entries()) {
        const found = orRaised(() => template.render(conversation, { addGenerationPrompt }))
        expect(found, `conversation ${i}`).toEqual(results[i]![at]?.text ?? null)
        if (found !== null) expect(tokenizer.encode(found)).toEqual(results[i]![at]!.ids)
      }
      const prompt = results[i]![1]
      // Beginning-of-text tokens are the template's alone: nothing is put before them.
      if (prompt) expect(renderer.prompt(conversation)).toEqual(prompt.ids)
    })
  })
}

/** What jinja2 renders and we refuse by name, rather than render something else. */
const refused = new Set([
  '{{ d.items() }}',
  '{{ range(3) }}',
  '{{ range(0) }}',
  '{{ text.center(30) }}',
  '{{ text.format(1) }}',
  '{{ text.encode() }}',
  '{{ n.real }}',
  '{{ text | e }}',
  '{{ text | escape }}',
  '{{ text | wordcount }}',
  '{{ text | truncate(5) }}',
  '{{ text | center(30) }}',
  '{{ [1, 2, 3] | batch(2) | list }}',
  '{{ 3.7 | round }}',
  "{{ messages | groupby('role') | list }}",
  '{% block b %}x{% endblock %}',
])

test('small templates render to the text of jinja2, or raise where it does', () => {
  expect(probes.length).toBeGreaterThan(500)
  const wrong = probes.flatMap(([text, expected]) => {
    const found = orRaised(() => compileTemplate(text, { strftimeNow: strftimeFixed }).render(variables))
    return found === expected || (found === null && refused.has(text)) ? [] : [{ text, expected, found }]
  })
  expect(wrong).toEqual([])
})
