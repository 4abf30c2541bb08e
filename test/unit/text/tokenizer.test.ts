import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadTokenizer } from '../../../src/engine/text/tokenizer.ts'
import { tempFolder, writeByteLevelBpe, writeCharacterLevel, writeMetaspaceBpe } from './tiny-tokenizers.ts'

const texts = ['hello world', 'a , b .\n\n  two  blanks', 'Straße 東京 🙂', "don't </s> stop"]

test('byte-level BPE merges, adds no special tokens and returns every text as it was', async () => {
  const dir = tempFolder()
  writeByteLevelBpe(dir)
  const tokenizer = await loadTokenizer(dir)
  expect(tokenizer.vocabSize).toBe(263)
  expect(tokenizer.encode('hello')).toEqual([259])
  for (const text of texts) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
})

test('special tokens in the text are parsed, and dropped only where asked', async () => {
  const dir = tempFolder()
  writeByteLevelBpe(dir)
  const tokenizer = await loadTokenizer(dir)
  const ids = tokenizer.encode('<s>hello</s>')
  expect(ids).toEqual([261, 259, 262])
  expect(tokenizer.decode(ids)).toBe('<s>hello</s>')
  expect(tokenizer.decode(ids, { skipSpecial: true })).toBe('hello')
  expect([tokenizer.bosToken, tokenizer.eosToken, tokenizer.tokenId('</s>')]).toEqual(['<s>', '</s>', 262])
})

test('a character-level vocabulary survives the round trip, and unknown characters become <unk>', async () => {
  const dir = tempFolder()
  writeCharacterLevel(dir)
  const tokenizer = await loadTokenizer(dir)
  expect(tokenizer.decode(tokenizer.encode('a b\n c.'))).toBe('a b\n c.')
  expect(tokenizer.decode(tokenizer.encode('é'))).toBe('<unk>')
})

test('ids beyond the vocabulary (padded rows of the model) decode to nothing', async () => {
  const dir = tempFolder()
  writeMetaspaceBpe(dir)
  const tokenizer = await loadTokenizer(dir)
  expect(tokenizer.decode([...tokenizer.encode('ab'), 5000])).toBe('ab')
  expect(tokenizer.decode([])).toBe('')
})

test('each broken folder is one clear error', async () => {
  await expect(loadTokenizer(tempFolder())).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
    message: expect.stringContaining('tokenizer.json'),
  })
  const sentencePiece = tempFolder()
  writeFileSync(join(sentencePiece, 'tokenizer.model'), 'x')
  await expect(loadTokenizer(sentencePiece)).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' })
  const truncated = tempFolder()
  writeFileSync(join(truncated, 'tokenizer.json'), '{"model": {"vocab"')
  await expect(loadTokenizer(truncated)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  const noVocabulary = tempFolder()
  writeFileSync(join(noVocabulary, 'tokenizer.json'), '{"model": {"type": "BPE"}}')
  await expect(loadTokenizer(noVocabulary)).rejects.toMatchObject({ code: 'MODEL_BROKEN' })
  const strangerEos = tempFolder()
  writeByteLevelBpe(strangerEos, { eosToken: '<|gone|>' })
  await expect(loadTokenizer(strangerEos)).rejects.toMatchObject({
    code: 'MODEL_BROKEN',
    message: expect.stringContaining('<|gone|>'),
  })
})
