import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Message } from '../../../src/contract/chat.ts'
import { loadChatTemplate } from '../../../src/engine/text/chat-template.ts'
import { endOfTurnId } from '../../../src/engine/text/end-of-turn.ts'
import { loadTokenizer } from '../../../src/engine/text/tokenizer.ts'
import { templates, tempFolder, type TinyTokenizer, writeByteLevelBpe } from './tiny-tokenizers.ts'

const hi: Message[] = [{ role: 'user', content: 'Hi' }]

async function open(options: TinyTokenizer, jinja?: string) {
  const dir = tempFolder()
  writeByteLevelBpe(dir, options)
  if (jinja !== undefined) writeFileSync(join(dir, 'chat_template.jinja'), jinja)
  const tokenizer = await loadTokenizer(dir)
  return { tokenizer, template: await loadChatTemplate(dir, tokenizer) }
}

test('a model without template gets the official default, byte for byte, and a warning', async () => {
  const { template } = await open({})
  const messages: Message[] = [{ role: 'system', content: '' }, ...hi]
  expect(template.render(messages, { addGenerationPrompt: true })).toBe(
    '<|system|>\n</s>\n<|user|>\nHi</s>\n<|assistant|>\n',
  )
  expect(
    template.render([...hi, { role: 'assistant', content: 'Hello.' }], { addGenerationPrompt: false }),
  ).toBe('<|user|>\nHi</s>\n<|assistant|>\nHello.</s>\n')
  expect(template).toMatchObject({ source: 'default', warning: expect.stringContaining('no chat template') })
})

test('ChatML adds its default system message and Llama 3 its BOS', async () => {
  const chatMl = await open({ chatTemplate: templates.chatMl })
  expect(chatMl.template.render(hi, { addGenerationPrompt: true })).toBe(
    '<|im_start|>system\nYou are helpful.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n',
  )
  const llama3 = await open({ chatTemplate: templates.llama3 })
  expect(llama3.template.render(hi, { addGenerationPrompt: false })).toBe(
    '<s><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>',
  )
})

test('chat_template.jinja wins, and of named templates "default"', async () => {
  const both = await open({ chatTemplate: templates.chatMl }, "{{ 'from the file' }}")
  expect(both.template.render(hi, { addGenerationPrompt: false })).toBe('from the file')
  const named = [
    { name: 'tool_use', template: 'tools' },
    { name: 'default', template: 'chosen' },
  ]
  const { template } = await open({ chatTemplate: named })
  expect(template.render(hi, { addGenerationPrompt: false })).toBe('chosen')
  const none = [
    { name: 'tool_use', template: 'tools' },
    { name: 'rag', template: 'rag' },
  ]
  await expect(open({ chatTemplate: none })).rejects.toMatchObject({
    code: 'TEMPLATE_BROKEN',
    message: expect.stringContaining('tool_use, rag'),
  })
})

test("a template's own refusal is passed on", async () => {
  const { template } = await open({ chatTemplate: templates.noSystem })
  expect(() =>
    template.render([{ role: 'system', content: 'x' }, ...hi], { addGenerationPrompt: true }),
  ).toThrow(
    expect.objectContaining({
      code: 'TEMPLATE_BROKEN',
      message: expect.stringContaining('System role not supported'),
    }),
  )
})

test('a template that is not Jinja is refused when it is loaded', async () => {
  await expect(open({ chatTemplate: '{% for x in %}' })).rejects.toMatchObject({ code: 'TEMPLATE_BROKEN' })
})

test('a template that asks for the date always gets the same one', async () => {
  const { template } = await open({ chatTemplate: templates.dated })
  expect(template.render(hi, { addGenerationPrompt: false })).toBe('26 Jul 2024Hi</s>')
  expect(template.warning).toContain('26 Jul 2024')
})

test('without a template and without an EOS token there is no default to fall back on', async () => {
  const dir = tempFolder()
  writeByteLevelBpe(dir)
  writeFileSync(join(dir, 'tokenizer_config.json'), '{}')
  await expect(loadChatTemplate(dir, await loadTokenizer(dir))).rejects.toMatchObject({
    code: 'TEMPLATE_BROKEN',
  })
})

test('the end-of-turn token is the special token that the template writes after an answer', async () => {
  const special = ['<s>', '</s>', '<|im_start|>', '<|im_end|>']
  const chatMl = await open({ chatTemplate: templates.chatMl, special })
  expect(endOfTurnId(chatMl.template, chatMl.tokenizer)).toBe(chatMl.tokenizer.tokenId('<|im_end|>'))
  const plain = await open({ chatTemplate: templates.chatMl }) // here <|im_end|> is ordinary text
  expect(endOfTurnId(plain.template, plain.tokenizer)).toBeUndefined()
})
