import { globSync } from 'node:fs'
import { expect, test } from 'vitest'
import { shownWords } from './shown-words.ts'

test('progress, events, warnings and remarks of the engine have their words from src/strings', () => {
  const files = globSync('src/engine/**/*.ts')
  expect(files.length).toBeGreaterThan(200)
  const found = files.flatMap((file) => shownWords(file, { said: true }))
  expect(found).toEqual([])
})
