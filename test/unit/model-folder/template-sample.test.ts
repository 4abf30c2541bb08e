import { expect, test } from 'vitest'
import { renderSample } from '../../../src/engine/model/template-sample.ts'
import { createChatTemplate } from '../../../src/engine/text/chat-template.ts'
import { loadTokenizer } from '../../../src/engine/text/tokenizer.ts'
import { tempFolder, writeByteLevelBpe } from '../text/tiny-tokenizers.ts'

async function sampleOf(text: string) {
  const dir = tempFolder()
  writeByteLevelBpe(dir, { bosToken: '<s>', eosToken: '</s>' })
  const tokenizer = await loadTokenizer(dir)
  return renderSample(createChatTemplate(text, tokenizer, 'chat_template.jinja'), tokenizer)
}

test('the parts put together are the rendered text, token for token', async () => {
  const sample = await sampleOf(
    "{{ bos_token }}{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }}{{ eos_token }}\n{% endfor %}",
  )
  expect(sample.takesSystem).toBe(true)
  expect(sample.parts.map(({ text }) => text).join('')).toBe(
    '<s>[system] You answer in one short sentence.</s>\n' +
      '[user] Name a colour of the sea.</s>\n[assistant] The sea is often blue.</s>\n',
  )
  expect(sample.parts.filter(({ special }) => special).map(({ text }) => text)).toEqual([
    '<s>',
    '</s>',
    '</s>',
    '</s>',
  ])
  expect(sample.tokens).toBeGreaterThan(sample.parts.length)
})

test('a template that refuses system messages is shown without one, and says so', async () => {
  const sample = await sampleOf(
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}{% for m in messages %}{{ m['content'] }}{{ eos_token }}{% endfor %}",
  )
  expect(sample.takesSystem).toBe(false)
  expect(sample.parts[0]).toEqual({ text: 'Name a colour of the sea.', special: false })
})

test('a template that refuses every conversation is broken', async () => {
  await expect(sampleOf("{{ raise_exception('never') }}")).rejects.toMatchObject({ code: 'TEMPLATE_BROKEN' })
})
