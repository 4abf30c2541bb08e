import { globSync } from 'node:fs'
import { expect, test } from 'vitest'
import { shownWords } from './shown-words.ts'

const rooms = /^src\/renderer\/(strings|help\/topics)\//

test('the page shows no word that is not in its strings', () => {
  const files = globSync('src/renderer/**/*.{ts,tsx}').filter((file) => !rooms.test(file))
  expect(files.length).toBeGreaterThan(200)
  expect(files.flatMap((file) => shownWords(file))).toEqual([])
})
