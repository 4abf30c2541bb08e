import type { RandomStream } from '../random-stream.ts'
import { alphabet } from './task.ts'
import type { Task } from './task.ts'

const digits = '0123456789'.split('')

export const code: Task = {
  kind: 'code',
  draw(random) {
    const digitCount = random.integer(1, 4)
    const letterCount = random.integer(1, 4)
    const characters = random.shuffle([
      ...Array.from({ length: digitCount }, () => random.pick(digits)),
      ...Array.from({ length: letterCount }, () => random.pick(alphabet)),
    ])
    const what = `${counted(digitCount, 'digit')} and ${counted(letterCount, 'letter')}`
    const first = random.chance(0.75) ? characters[0]! : ''
    const start = first === '' ? '' : `, ${first} first`
    return {
      check: `code:${digitCount}:${letterCount}${first === '' ? '' : `:${first}`}`,
      phrasings: [`A code of ${what}${start}.`, `Make a code: ${what}${start}.`],
      answer: characters.join(''),
    }
  },
}

const shapes = [
  { open: '(', close: ')' },
  { open: '[', close: ']' },
  { open: '{', close: '}' },
] as const

export const brackets: Task = {
  kind: 'brackets',
  draw(random) {
    const kinds = Array.from({ length: random.integer(2, 5) }, () => random.pick(shapes))
    const given = kinds.map((kind) => kind.open).join('')
    const counts = shapes.map((shape) => kinds.filter((kind) => kind === shape).length)
    return {
      check: `brackets:${counts.join(':')}`,
      phrasings: [`Balance ${given}`, `Nest or chain ${given}`, `Close and mix ${given}`],
      answer: nested(random, random.shuffle(kinds)),
    }
  },
}

/** Uniform among the balanced sequences of those pairs: random order of ups and downs, drawn until it holds. */
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
