import { rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { tokenTexts } from '../../../src/engine/text/token-texts.ts'
import { loadTokenizer } from '../../../src/engine/text/tokenizer.ts'
import { tempFolder, writeByteLevelBpe, writeMetaspaceBpe } from './tiny-tokenizers.ts'

async function textsOf(write: (dir: string) => void, text: string): Promise<string[]> {
  const dir = tempFolder()
  try {
    write(dir)
    const tokenizer = await loadTokenizer(dir)
    return tokenTexts(tokenizer, tokenizer.encode(text))
  } finally {
    rmSync(dir, { recursive: true })
  }
}

test('a character of several tokens belongs to its last one', async () => {
  expect(await textsOf(writeByteLevelBpe, 'hello é!')).toEqual(['hello', ' ', '', 'é', '!'])
  expect(await textsOf(writeByteLevelBpe, '👋👋')).toEqual(['', '', '', '👋', '', '', '', '👋'])
})

test('blanks between words stay, also where the decoder drops the first of a text', async () => {
  const texts = await textsOf(writeMetaspaceBpe, 'a b  c')
  expect(texts.join('')).toBe('a b  c')
})

test('special tokens are written as themselves, and what follows them is whole', async () => {
  expect(await textsOf(writeByteLevelBpe, 'hello</s>hello')).toEqual(['hello', '</s>', 'hello'])
})
