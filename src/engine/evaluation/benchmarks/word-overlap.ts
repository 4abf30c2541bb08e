import type { ContaminationOfTask } from '../../../contract/benchmarks.ts'
import type { TaskQuestion } from './task.ts'

/** A text of a training row. */
export interface TrainingText {
  /** The row's id. */
  row: string
  text: string
}

interface IndexedQuestion {
  task: number
  index: number
  text: string
  words: string[]
  isFound: boolean
}

/** Shorter questions would be found in any text. */
const leastWords = 5
const mostExamples = 20

/** Lower-cased words without punctuation. */
export const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s]/gu, '')
    .split(/\s+/u)
    .filter((word) => word !== '')

/**
 * Finds questions (with their right answer) that share so many words in a row with training texts; a question that is
 * shorter is looked for whole. Holds the questions' n-grams alone: texts may be as many as they like.
 */
export class WordOverlap {
  private readonly words: number
  private readonly questions: IndexedQuestion[] = []
  /** Hash of an n-gram → where it begins: question · 2²¹ + word. Several questions may share one. */
  private readonly places = new Map<number, number | number[]>()
  private readonly lengths = new Set<number>()
  private readonly results: ContaminationOfTask[] = []

  constructor(words: number) {
    this.words = words
  }

  addTask(task: string, questions: Iterable<TaskQuestion>): void {
    const result: ContaminationOfTask = { task, questions: 0, overlapping: 0, examples: [] }
    const at = this.results.push(result) - 1
    for (const { index, text, target } of questions) {
      result.questions++
      const words = wordsOf(`${text} ${target}`).slice(0, 2 ** 21)
      const length = Math.min(this.words, words.length)
      if (length < leastWords) continue
      this.lengths.add(length)
      const id = this.questions.push({ task: at, index, text, words, isFound: false }) - 1
      eachGram(words, length, (hash, start) => {
        const place = id * 2 ** 21 + start
        const known = this.places.get(hash)
        if (known === undefined) this.places.set(hash, place)
        else if (typeof known === 'number') this.places.set(hash, [known, place])
        else known.push(place)
      })
    }
  }

  compare({ row, text }: TrainingText): void {
    const words = wordsOf(text)
    for (const length of this.lengths) {
      eachGram(words, length, (hash, start) => {
        const places = this.places.get(hash)
        if (places === undefined) return
        for (const place of typeof places === 'number' ? [places] : places)
          this.note(place, length, words.slice(start, start + length), row)
      })
    }
  }

  private note(place: number, length: number, shared: readonly string[], row: string): void {
    const question = this.questions[Math.floor(place / 2 ** 21)]!
    if (question.isFound || Math.min(this.words, question.words.length) !== length) return
    const start = place % 2 ** 21
    if (shared.some((word, i) => question.words[start + i] !== word)) return // hashes met, words did not
    question.isFound = true
    const result = this.results[question.task]!
    result.overlapping++
    if (result.examples.length < mostExamples)
      result.examples.push({ index: question.index, question: question.text, shared: shared.join(' '), row })
  }

  /** In the order of the tasks. */
  summary(): ContaminationOfTask[] {
    return this.results
  }
}

/** Calls `take` with a hash of every `length` words in a row (48 bits, rolling) and where they begin. */
function eachGram(
  words: readonly string[],
  length: number,
  take: (hash: number, start: number) => void,
): void {
  if (words.length < length) return
  const [low, high] = [rolling(length, 0x01000193), rolling(length, 0x85ebca6b)]
  const hashes = words.map(wordHash)
  for (let i = 0; i < words.length; i++) {
    const gone = i >= length ? hashes[i - length]! : null
    const [a, b] = [low(hashes[i]!, gone), high(hashes[i]!, gone)]
    if (i >= length - 1) take((b & 0x1fffff) * 2 ** 32 + a, i - length + 1)
  }
}

/** Polynomial hash of the last `length` numbers, modulo 2³². */
function rolling(length: number, base: number): (added: number, gone: number | null) => number {
  let top = 1
  for (let i = 0; i < length; i++) top = Math.imul(top, base)
  let hash = 0
  return (added, gone) => {
    hash = (Math.imul(hash, base) + added) | 0
    if (gone !== null) hash = (hash - Math.imul(top, gone)) | 0
    return hash >>> 0
  }
}

/** FNV-1a. */
function wordHash(word: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193)
  return hash | 0
}
