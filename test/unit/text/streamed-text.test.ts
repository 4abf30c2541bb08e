import { rmSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { StreamedText } from '../../../src/engine/text/streamed-text.ts'
import { loadTokenizer } from '../../../src/engine/text/tokenizer.ts'
import { tempFolder, writeByteLevelBpe, writeMetaspaceBpe } from './tiny-tokenizers.ts'

const folders: string[] = []
afterAll(() => folders.forEach((dir) => rmSync(dir, { recursive: true })))

async function tokenizerOf(write: (dir: string, options: { eosToken: string; bosToken: string }) => void) {
  const dir = tempFolder()
  folders.push(dir)
  write(dir, { eosToken: '</s>', bosToken: '<s>' })
  return loadTokenizer(dir)
}

test('characters of several tokens come whole, token by token, and the pieces join to the text', async () => {
  const tokenizer = await tokenizerOf(writeByteLevelBpe)
  const text = 'Grüße, 世界 👋🏽!'
  const ids = tokenizer.encode(text)
  expect(ids.length).toBeGreaterThan([...text].length) // or no character would span tokens
  const streamed = new StreamedText(tokenizer)
  const pieces = ids.map((id) => streamed.push([id]))
  expect(pieces.join('')).toBe(text)
  for (const piece of pieces) expect(piece).not.toContain('\ufffd')
  expect(pieces.filter((piece) => piece !== '')).toEqual([...text])
  expect(streamed.end()).toBe('')
})

test('a Metaspace decoder’s spaces are those of the whole text', async () => {
  const tokenizer = await tokenizerOf(writeMetaspaceBpe)
  const ids = tokenizer.encode('a b  cd ab')
  const streamed = new StreamedText(tokenizer)
  const pieces = ids.map((id) => streamed.push([id]))
  expect(pieces.join('') + streamed.end()).toBe(tokenizer.decode(ids, { skipSpecial: true }))
})

test('bytes that stay alone appear as replacement characters, at the end or once others follow', async () => {
  const tokenizer = await tokenizerOf(writeByteLevelBpe)
  const [first] = tokenizer.encode('👋')
  const [letter] = tokenizer.encode('x')
  const streamed = new StreamedText(tokenizer)
  expect(streamed.push([letter!, first!])).toBe('x')
  expect(streamed.push([letter!])).toBe('\ufffdx')
  expect(streamed.push([first!])).toBe('')
  expect(streamed.end()).toBe('\ufffd')
  expect(streamed.text()).toBe('x\ufffdx\ufffd')
})

test('special tokens have no text', async () => {
  const tokenizer = await tokenizerOf(writeByteLevelBpe)
  const streamed = new StreamedText(tokenizer)
  expect(streamed.push([...tokenizer.encode('hi'), tokenizer.tokenId('</s>')!])).toBe('hi')
})
