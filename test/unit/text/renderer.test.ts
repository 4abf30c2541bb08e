import { expect, test } from 'vitest'
import type { DatasetRow, Message } from '../../../src/contract/chat.ts'
import { auditTemplate } from '../../../src/engine/text/audit-template.ts'
import { loadChatTemplate } from '../../../src/engine/text/chat-template.ts'
import { createRenderer } from '../../../src/engine/text/renderer.ts'
import { loadTokenizer } from '../../../src/engine/text/tokenizer.ts'
import {
  templates,
  tempFolder,
  type TinyTokenizer,
  writeByteLevelBpe,
  writeCharacterLevel,
  writeMetaspaceBpe,
} from './tiny-tokenizers.ts'

const chatSpecial = [
  '<s>',
  '</s>',
  '<|im_start|>',
  '<|im_end|>',
  '<|start_header_id|>',
  '<|end_header_id|>',
  '<|eot_id|>',
]
const hi: Message[] = [{ role: 'user', content: 'Say hello' }]
const conversation: Message[] = [
  { role: 'user', content: 'one' },
  { role: 'assistant', content: 'two' },
  { role: 'user', content: 'three' },
]

async function open(
  options: TinyTokenizer,
  eosTokens = ['</s>'],
  write = writeByteLevelBpe,
  format: 'chat' | 'official' = 'chat',
) {
  const dir = tempFolder()
  write(dir, options)
  const tokenizer = await loadTokenizer(dir)
  const template = await loadChatTemplate(dir, tokenizer)
  const eosIds = eosTokens.map((token) => tokenizer.tokenId(token) ?? -1)
  const renderer = createRenderer({ tokenizer, template, format, eosIds })
  const text = (ids: number[]): string => tokenizer.decode(ids)
  return { tokenizer, template, renderer, text }
}

const families: [string, TinyTokenizer, string[], string][] = [
  ['Zephyr (default)', {}, ['</s>'], 'hello.</s>'],
  [
    'ChatML',
    { chatTemplate: templates.chatMl, special: chatSpecial },
    ['</s>', '<|im_end|>'],
    'hello.<|im_end|>',
  ],
  ['Llama 3', { chatTemplate: templates.llama3, special: chatSpecial }, ['<|eot_id|>'], 'hello.<|eot_id|>'],
  ['plain roles', { chatTemplate: templates.noSystem }, ['</s>'], 'hello.</s>'],
]

for (const write of [writeByteLevelBpe, writeCharacterLevel, writeMetaspaceBpe]) {
  for (const [family, options, eos, ended] of families) {
    test(`${family}, ${write.name}: the response ends with one EOS, a capped one with none, both round-trip`, async () => {
      const { renderer, template, text, tokenizer } = await open(options, eos, write)
      expect(text(renderer.response(hi, 'hello.', 'stop'))).toBe(ended)
      expect(text(renderer.response(hi, 'hello.', 'length'))).toBe('hello.')
      expect(renderer.response(hi, '', 'stop')).toHaveLength(1)
      expect(renderer.response(hi, '', 'length')).toEqual([])
      for (const messages of [hi, conversation]) {
        expect(renderer.prompt(messages)).toEqual(
          tokenizer.encode(template.render(messages, { addGenerationPrompt: true })),
        )
        renderer.checkRoundTrip(messages, 'It is "4": 2 + 2.\nDone')
      }
    })
  }
}

test('prompt and response together are the tokens of the whole conversation up to its EOS', async () => {
  const { renderer, text } = await open({ chatTemplate: templates.chatMl, special: chatSpecial }, [
    '<|im_end|>',
  ])
  const whole = text([...renderer.prompt(conversation), ...renderer.response(conversation, 'four', 'stop')])
  expect(whole).toBe(
    '<|im_start|>system\nYou are helpful.<|im_end|>\n<|im_start|>user\none<|im_end|>\n<|im_start|>assistant\ntwo<|im_end|>\n' +
      '<|im_start|>user\nthree<|im_end|>\n<|im_start|>assistant\nfour<|im_end|>',
  )
})

test('an EOS is appended where the template writes none that ends an answer', async () => {
  const { renderer, text } = await open({ chatTemplate: templates.chatMl, special: chatSpecial }, ['</s>'])
  expect(text(renderer.response(hi, 'hello', 'stop'))).toBe('hello<|im_end|>\n</s>')
  expect(text(renderer.response(hi, 'hello', 'length'))).toBe('hello')
})

test('an EOS in the middle of an answer does not count as its end', async () => {
  const { renderer, text } = await open({})
  expect(text(renderer.response(hi, 'a</s>b', 'stop'))).toBe('a</s>b</s>')
})

test('a tokenizer that treats the start of a text specially gives the answer its tokens in context', async () => {
  const { renderer, tokenizer } = await open(
    { chatTemplate: templates.llama3, special: chatSpecial },
    ['<|eot_id|>'],
    writeMetaspaceBpe,
  )
  expect(renderer.response(hi, 'ab', 'length')).toEqual([tokenizer.tokenId('a'), tokenizer.tokenId('b')])
})

test('where a merge would cross the boundary the prompt keeps its own tokens', async () => {
  const { renderer, tokenizer } = await open({}, ['</s>'], writeByteLevelBpe, 'official')
  // "Response: " + "world" would merge the blank with the w.
  const ids = [...renderer.prompt(hi), ...renderer.response(hi, 'world', 'stop')]
  expect(tokenizer.decode(ids)).toBe('### Instruction: Say hello\n\n### Response: world</s>')
  expect(renderer.prompt(hi).at(-1)).toBe(tokenizer.tokenId('Ġ'))
  expect(renderer.response(hi, 'world', 'stop')[0]).toBe(tokenizer.tokenId('w'))
})

test('the official format takes the first user message alone', async () => {
  const { renderer, text } = await open({}, ['</s>'], writeByteLevelBpe, 'official')
  expect(text(renderer.prompt([{ role: 'system', content: 'Be kind.' }, ...conversation]))).toBe(
    '### Instruction: one\n\n### Response: ',
  )
  expect(text(renderer.response(hi, 'ok', 'stop'))).toBe('ok</s>')
  expect(text(renderer.response(hi, 'ok</s>', 'stop'))).toBe('ok</s>')
  expect(text(renderer.response(hi, 'ok', 'length'))).toBe('ok')
})

test('a template whose generation prompt is not part of the answered conversation is refused where they part', async () => {
  const { renderer } = await open({ chatTemplate: templates.thinking })
  expect(() => renderer.response(hi, 'hello', 'stop')).toThrow(
    expect.objectContaining({ code: 'TEMPLATE_BROKEN', message: expect.stringContaining('<think>') }),
  )
})

test('a template that strips part of the answer does not pass the round trip', async () => {
  const { renderer } = await open({ chatTemplate: templates.stripsThoughts })
  renderer.checkRoundTrip(hi, 'hello')
  expect(() => renderer.checkRoundTrip(hi, 'let me see</think>hello')).toThrow(
    expect.objectContaining({ code: 'TEMPLATE_BROKEN', message: expect.stringContaining('let me see') }),
  )
})

test('text that the tokenizer cannot write does not pass the round trip', async () => {
  const { renderer } = await open({}, ['</s>'], writeCharacterLevel)
  expect(() => renderer.checkRoundTrip(hi, 'café')).toThrow(
    expect.objectContaining({ code: 'TEMPLATE_BROKEN' }),
  )
})

test('an audit says how many rows are broken and why the first is', async () => {
  const { renderer } = await open({}, ['</s>'], writeCharacterLevel)
  const row = (id: string, answer: string): DatasetRow => ({ id, prompt: hi, answer, check: null })
  expect(auditTemplate(renderer, [row('a', 'x'), row('b', 'y')])).toBe(2)
  expect(
    auditTemplate(
      renderer,
      Array.from({ length: 1000 }, (_, i) => row(String(i), 'x')),
      10,
    ),
  ).toBe(10)
  expect(() => auditTemplate(renderer, [row('a', 'x'), row('b', 'né')])).toThrow(/1 of 2 sample rows.*row b/)
})
