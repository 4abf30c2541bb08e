import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadTokenizer, type TextTokenizer } from '../../../src/engine/text/tokenizer.ts'
import { tempFolder } from './tiny-tokenizers.ts'

const letters = { a: 0, b: 1, c: 2, ab: 3 }

/** A BPE of three letters with whatever is wrong with it. */
function open(
  changes: { model?: object; config?: object; [part: string]: unknown } = {},
): Promise<TextTokenizer> {
  const { model, config, ...parts } = changes
  const dir = tempFolder()
  const json = {
    version: '1.0',
    added_tokens: [],
    decoder: { type: 'Fuse' },
    ...parts,
    model: { type: 'BPE', vocab: letters, merges: ['a b'], ...model },
  }
  writeFileSync(join(dir, 'tokenizer.json'), JSON.stringify(json))
  writeFileSync(join(dir, 'tokenizer_config.json'), JSON.stringify(config ?? {}))
  return loadTokenizer(dir)
}

const added = (id: number, content: string) => ({ id, content, special: true })

test('the tokenizer that the others are broken from works', async () => {
  const tokenizer = await open({ added_tokens: [added(5, '<y>'), added(4, '<x>')] })
  expect(tokenizer.encode('ab<x>ca<y>')).toEqual([3, 4, 2, 0, 5])
  expect(tokenizer.vocabSize).toBe(6)
})

const broken: [string, Parameters<typeof open>[0], RegExp][] = [
  [
    'a hole in the vocabulary',
    { model: { vocab: { a: 0, b: 1, ab: 5 } } },
    /3 of its 6 ids have no token.* 2/,
  ],
  ['an id of a billion', { model: { vocab: { ...letters, d: 1_000_000_000 } } }, /"d" has id 1000000000/],
  ['two tokens with one id', { model: { vocab: { ...letters, d: 2 } } }, /"c" and "d" both have id 2/],
  ['a negative id', { model: { vocab: { a: -1 } } }, /model, "vocab/],
  ['ids that are no numbers', { model: { vocab: { a: 'b' } } }, /model, "vocab/],
  ['a merge of an unknown token', { model: { merges: ['a q'] } }, /"a q" names "q"/],
  ['a merge that makes an unknown token', { model: { merges: ['b c'] } }, /"b c" names "bc"/],
  ['a merge of three', { model: { merges: ['a b c'] } }, /not two tokens/],
  ['an unknown token that is not there', { model: { unk_token: '<unk>' } }, /unknown token "<unk>"/],
  [
    'an added token beyond the next id',
    { added_tokens: [added(9, '<x>')] },
    /"<x>" has id 9.*next free id is 4/,
  ],
  [
    'an added token on the id of another',
    { added_tokens: [added(1, '<x>')] },
    /"<x>" has id 1.*next free id is 4/,
  ],
  [
    'an added token that the vocabulary numbers otherwise',
    { added_tokens: [added(4, 'a')] },
    /vocabulary says 0/,
  ],
  [
    'a token of tokenizer_config.json beyond the next id',
    { config: { added_tokens_decoder: { '77': { content: '<x>' } } } },
    /"<x>" has id 77/,
  ],
  ['no vocabulary', { model: { vocab: undefined } }, /no vocabulary/],
  [
    'a unigram with an unknown id outside',
    { model: { type: 'Unigram', vocab: [['a', -1]], unk_id: 5 } },
    /unk_id is 5/,
  ],
  ['an empty unigram', { model: { type: 'Unigram', vocab: [] } }, /empty/],
  [
    'a character map that is cut short',
    { normalizer: { type: 'Precompiled', precompiled_charsmap: 'AAQAAAAA' } },
    /cut short/,
  ],
  ['a normalizer without a type', { normalizer: {} }, /normalizer names no type/],
]
for (const [name, changes, message] of broken) {
  test(`one clear error for ${name}`, async () => {
    await expect(open(changes)).rejects.toMatchObject({
      code: 'MODEL_BROKEN',
      message: expect.stringMatching(message),
    })
  })
}

const unsupported: [string, Parameters<typeof open>[0], RegExp][] = [
  ['a normalizer', { normalizer: { type: 'BertNormalizer' } }, /normalizer BertNormalizer/],
  ['a pre-tokenizer', { pre_tokenizer: { type: 'UnicodeScripts' } }, /pre_tokenizer UnicodeScripts/],
  ['a decoder', { decoder: { type: 'CTC' } }, /decoder CTC/],
  ['a model', { model: { type: 'WordPiece' } }, /model WordPiece/],
  ['dropout', { model: { dropout: 0.1 } }, /dropout/],
  [
    'a pattern without equal',
    { pre_tokenizer: { type: 'Split', pattern: { Regex: '(a)\\1' }, behavior: 'Isolated', invert: false } },
    /\\1 is not supported/,
  ],
  [
    'a mark of the text’s beginning after a normalizer that deletes',
    {
      normalizer: { type: 'Strip', strip_left: true, strip_right: true },
      pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: true },
    },
    /Metaspace "first" after Strip/,
  ],
]
for (const [name, changes, message] of unsupported) {
  test(`refused by name: ${name}`, async () => {
    await expect(open(changes)).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringMatching(message),
    })
  })
}

test('text without tokens is an error where no unknown token stands for it, never dropped', async () => {
  const tokenizer = await open()
  expect(() => tokenizer.encode('aqa')).toThrow(
    expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringContaining('"q"') }),
  )
})

test('half a surrogate pair is encoded as the replacement character', async () => {
  const tokenizer = await open({ model: { vocab: { ...letters, '\ufffd': 4 } } })
  expect(tokenizer.encode('a\ud83d')).toEqual([0, 4])
})

test('a word of a million characters takes seconds, not hours', async () => {
  const tokenizer = await open()
  const start = performance.now()
  expect(tokenizer.encode('ab'.repeat(500_000))).toHaveLength(500_000)
  // n log n: about a second; quadratic would be hours.
  expect(performance.now() - start).toBeLessThan(20_000)
})
