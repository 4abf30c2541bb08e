import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { requestEncoder } from '../../../../src/engine/evaluation/benchmarks/request-encoder.ts'
import { cutAtStops } from '../../../../src/engine/evaluation/benchmarks/generate-answers.ts'
import { loadTokenizer, type TextTokenizer } from '../../../../src/engine/text/tokenizer.ts'
import { readFraming } from '../../../../src/engine/text/tokenization/post-processor.ts'
import { folderOfTests } from '../../../temp-folder.ts'
import { writeByteLevelBpe } from '../../text/tiny-tokenizers.ts'

const dir = folderOfTests('spin-encoder')

/** As Llama 3's tokenizer.json has it. */
const bosProcessor = {
  type: 'Sequence',
  processors: [
    { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true },
    {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [],
      special_tokens: { '<s>': { id: '<s>', ids: [261], tokens: ['<s>'] } },
    },
  ],
}
const [bos, eos] = [261, 262]

let tokenizer: TextTokenizer
beforeAll(async () => {
  writeByteLevelBpe(dir)
  const path = join(dir, 'tokenizer.json')
  const json = JSON.parse(readFileSync(path, 'utf8')) as object
  writeFileSync(path, JSON.stringify({ ...json, post_processor: bosProcessor }))
  tokenizer = await loadTokenizer(dir)
})
const of = (text: string) => tokenizer.encode(text)
const old = (maxLength = 100) => requestEncoder(tokenizer, 'harness-0.4.0', maxLength)
const current = (maxLength = 100) => requestEncoder(tokenizer, 'harness-current', maxLength)

describe('a choice', () => {
  test('is what the joint encoding has beyond the context; blanks at its end belong to the choice', () => {
    const joint = of('Say hello w')
    expect(old().choice({ context: 'Say', continuation: ' hello w' })).toEqual({
      ids: joint,
      scored: joint.length - 3,
      truncated: false,
    })
    // "hello" is one token: what the context had of it is not scored again.
    expect(old().choice({ context: 'Say he', continuation: 'llo w' }).scored).toBe(
      joint.length - of('Say he').length,
    )
    expect(old().choice({ context: 'Say \n\u0085', continuation: 'hi' })).toMatchObject({
      scored: of(' \n\u0085hi').length,
    })
    // JavaScript calls U+FEFF a blank, Python does not.
    expect(old().choice({ context: 'Say\ufeff', continuation: 'hi' })).toMatchObject({ scored: 2 })
  })

  test('has a BOS before it where the tokenizer adds one, but never in 0.4.0, and never two', () => {
    const request = { context: 'Say', continuation: ' hi' }
    expect(old().choice(request).ids).toEqual(of('Say hi'))
    expect(current().choice(request)).toEqual({ ids: [bos, ...of('Say hi')], scored: 3, truncated: false })
    const rendered = { context: '<s>Say', continuation: ' hi' }
    expect(current().choice(rendered)).toEqual({ ids: [bos, ...of('Say hi')], scored: 3, truncated: false })
  })

  test('without a context follows EOS in 0.4.0, BOS later; a BOS of its own is then its context', () => {
    const request = { context: '', continuation: 'hi' }
    expect(old().choice(request)).toMatchObject({ ids: [eos, ...of('hi')], scored: 2 })
    expect(current().choice(request)).toMatchObject({ ids: [bos, ...of('hi')], scored: 2 })
    expect(current().choice({ context: '', continuation: '<s>hi' })).toMatchObject({
      ids: [bos, ...of('hi')],
      scored: 2,
    })
  })

  test('keeps the last tokens of a context that is too long, one more than the model reads', () => {
    const request = { context: 'abcdefgh', continuation: 'ij' }
    expect(old(6).choice(request)).toEqual({ ids: of('defghij'), scored: 2, truncated: true })
    expect(old(9).choice(request)).toEqual({ ids: of('abcdefghij'), scored: 2, truncated: false })
  })

  test('that cannot be scored is refused with what is wrong', () => {
    expect(() => old().choice({ context: 'a', continuation: '' })).toThrow(/no token of its own/)
    expect(() => old().choice({ context: ' ', continuation: 'a' })).toThrow(/no token before it/)
    expect(() => old(3).choice({ context: 'a', continuation: 'bcde' })).toThrow(
      /4 tokens, more than the model's context of 3/,
    )
  })
})

describe('a prompt', () => {
  const request = (context: string, maxNewTokens: number) => ({ context, stops: [], maxNewTokens })

  test('leaves room for its answer', () => {
    expect(old(10).prompt(request('abcdefgh', 4))).toEqual({
      ids: of('cdefgh'),
      truncated: true,
      maxNewTokens: 4,
    })
    expect(current(10).prompt(request('abcd', 4))).toEqual({
      ids: [bos, ...of('abcd')],
      truncated: false,
      maxNewTokens: 4,
    })
  })

  test('and an answer that would fill the context get a half each', () => {
    expect(old(10).prompt(request('abcdefgh', 256))).toEqual({
      ids: of('defgh'),
      truncated: true,
      maxNewTokens: 5,
    })
    expect(() => old().prompt(request('', 4))).toThrow(/no tokens/)
  })
})

test('an answer is cut before the first of its stops, one after the other', () => {
  expect(cutAtStops('12\n\nQuestion: 3', ['\n\n', 'Question:'])).toBe('12')
  expect(cutAtStops('12 Question: a\n\nb', ['\n\n', 'Question:'])).toBe('12 ')
  expect(cutAtStops('12', ['', 'x'])).toBe('12')
})

test('post-processors that are not known are refused by name, those of BERT and RoBERTa are not', () => {
  expect(readFraming({ type: 'RobertaProcessing', sep: ['</s>', 2], cls: ['<s>', 0] })).toEqual({
    before: [0],
    after: [2],
  })
  expect(readFraming(null)).toEqual({ before: [], after: [] })
  expect(() => readFraming({ type: 'Novel' })).toThrow(/post_processor Novel/)
  expect(() => readFraming({ type: 'TemplateProcessing', single: [], special_tokens: {} })).toThrow(
    /without the text/,
  )
})
