import { globSync } from 'node:fs'
import { expect, test } from 'vitest'
import { shownWords } from './shown-words.ts'

test('progress, events, warnings and remarks of the engine have their words from src/strings', () => {
  // The decoder says one thing itself: that it goes on with fewer prompts at once.
  const files = globSync('src/engine/**/*.ts').filter((file) => !file.endsWith('generation/decoder.ts'))
  expect(files.length).toBeGreaterThan(200)
  const found = files.flatMap((file) => shownWords(file, { said: true }))
  expect(found).toEqual([])
})
