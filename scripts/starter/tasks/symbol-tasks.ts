import type { RandomStream } from '../random-stream.ts'
import { alphabet } from './task.ts'
import type { Task } from './task.ts'

const digits = '0123456789'.split('')

export const code: Task = {
  kind: 'code',
  draw(random) {
    const digitCount = random.integer(1, 5)
    const letterCount = random.integer(1, Math.min(5, 8 - digitCount))
    const characters = random.shuffle([
      ...Array.from({ length: digitCount }, () => random.pick(digits)),
      ...Array.from({ length: letterCount }, () => random.pick(alphabet)),
    ])
    const what = `${counted(digitCount, 'digit')} and ${counted(letterCount, 'letter')}`
    const first = random.chance(0.75) ? characters[0]! : ''
    const start = first === '' ? '' : ` that starts with ${first}`
    return {
      check: `code:${digitCount}:${letterCount}${first === '' ? '' : `:${first}`}`,
      phrasings: [
        `Make a code with ${what}${start}.`,
        `Invent a password of ${what}${start}.`,
        `Write a code of ${what}${start}.`,
      ],
      answer: characters.join(''),
    }
  },
}

const shapes = [
  { open: '(', close: ')', name: '()' },
  { open: '[', close: ']', name: '[]' },
  { open: '{', close: '}', name: '{}' },
] as const

export const brackets: Task = {
  kind: 'brackets',
  draw(random) {
    const pairs = random.integer(2, 6)
    const counts = [0, 0, 0]
    for (let i = 0; i < pairs; i++) counts[random.integer(0, 2)]!++
    const kinds = random.shuffle(
      shapes.flatMap((shape, i) => Array.from({ length: counts[i]! }, () => shape)),
    )
    const answer = nested(random, kinds)
    const first = random.chance(0.6) ? answer[0]! : ''
    const listed = shapes.flatMap((shape, i) => (counts[i] === 0 ? [] : [`${counts[i]} ${shape.name}`]))
    const what = listed.length === 1 ? listed[0]! : `${listed.slice(0, -1).join(', ')} and ${listed.at(-1)}`
    const start = first === '' ? '' : `, ${first} first`
    return {
      check: `brackets:${counts.join(':')}${first === '' ? '' : `:${first}`}`,
      phrasings: [
        `Balance ${what}${start}.`,
        `Write balanced brackets: ${what}${start}.`,
        `Nest or chain ${what}${start}.`,
        `Close every bracket: ${what}${start}.`,
      ],
      answer,
    }
  },
}

/** Uniform among the balanced sequences of that many pairs: random order of ups and downs, drawn until it holds. */
function nested(random: RandomStream, kinds: readonly (typeof shapes)[number][]): string {
  const moves = kinds.flatMap(() => [1, -1])
  for (;;) {
    let depth = 0
    const walk = random.shuffle(moves)
    if (!walk.every((move) => (depth += move) >= 0)) continue
    const waiting = [...kinds]
    const open: string[] = []
    return walk
      .map((move) => {
        if (move === -1) return open.pop()!
        const kind = waiting.pop()!
        open.push(kind.close)
        return kind.open
      })
      .join('')
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
