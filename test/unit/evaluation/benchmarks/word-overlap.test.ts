import { expect, test } from 'vitest'
import { WordOverlap, wordsOf } from '../../../../src/engine/evaluation/benchmarks/word-overlap.ts'
import type { TaskQuestion } from '../../../../src/engine/evaluation/benchmarks/task.ts'

const question = (index: number, text: string, target = ''): TaskQuestion => ({
  task: 'quiz',
  index,
  text,
  choices: [],
  gold: [],
  target,
  requests: [],
})

const long = 'The quick brown fox jumps over the lazy dog while the old cat sleeps on a warm stone'

function overlapOf(questions: TaskQuestion[], texts: string[], length = 13) {
  const overlap = new WordOverlap(length)
  overlap.addTask('quiz', questions)
  texts.forEach((text, i) => overlap.compare({ row: `row ${i}`, text }))
  return overlap.summary()[0]!
}

test('words are lower-cased, without punctuation, of any script', () => {
  expect(wordsOf('Don’t  STOP—now!\n“Élan” 3.5 日本語')).toEqual(['dont', 'stopnow', 'élan', '35', '日本語'])
})

test('thirteen words in a row overlap wherever they stand; twelve do not', () => {
  const all = wordsOf(long)
  const shared = all.slice(2, 15).join(' ')
  expect(
    overlapOf([question(4, long)], ['nothing here', `They said: ${shared.toUpperCase()}, and left.`]),
  ).toEqual({
    task: 'quiz',
    questions: 1,
    overlapping: 1,
    examples: [{ index: 4, question: long, shared, row: 'row 1' }],
  })
  const twelve = all.slice(2, 14).join(' ')
  expect(overlapOf([question(4, long)], [`${twelve} otherwise`]).overlapping).toBe(0)
})

test('a question is told once, by its first row; several may share words', () => {
  const found = overlapOf(
    [question(0, long), question(1, `Well, ${long}`), question(2, 'unlike these')],
    [long, long],
  )
  expect(found).toMatchObject({ questions: 3, overlapping: 2 })
  expect(found.examples.map(({ index, row }) => [index, row])).toEqual([
    [0, 'row 0'],
    [1, 'row 0'],
  ])
})

test('a question of fewer words is looked for whole, with its answer; of fewer than five, never', () => {
  const short = question(0, 'What is the boiling point of water?', '100 °C')
  const tiny = question(1, 'Who was it?', 'He')
  expect(
    overlapOf([short, tiny], ['Q: what is the boiling point of water: 100 C. Who was it? He']).examples,
  ).toEqual([expect.objectContaining({ index: 0, shared: 'what is the boiling point of water 100 c' })])
  expect(overlapOf([short], ['What is the boiling point of water?']).overlapping).toBe(0)
})

test('every window of a long text is looked up', () => {
  const questions = Array.from({ length: 40 }, (_, i) =>
    question(i, Array.from({ length: 20 }, (_, w) => `w${i}x${w}`).join(' ')),
  )
  const text = questions.map((q) => q.text.split(' ').slice(3, 18).join(' ')).join(' and then ')
  expect(overlapOf(questions, [text]).overlapping).toBe(40)
  expect(overlapOf(questions, [text.split(' ').toReversed().join(' ')]).overlapping).toBe(0)
})
