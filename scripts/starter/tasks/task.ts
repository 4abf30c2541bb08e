import type { RandomStream } from '../random-stream.ts'

/** One drawn task: its check, the ways to ask for it, and one valid answer drawn at random from the many. */
export interface DrawnTask {
  check: string
  phrasings: readonly string[]
  answer: string
}

export interface Task {
  kind: string
  draw(random: RandomStream): DrawnTask
}

export const alphabet = 'abcdefghijklmnopqrstuvwxyz'.split('')

/** `a fox`, `an owl`, `an 8-letter word`. */
export function withArticle(noun: string): string {
  return `${/^[aeiou8]/.test(noun) ? 'an' : 'a'} ${noun}`
}
