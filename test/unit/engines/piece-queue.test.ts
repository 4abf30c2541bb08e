import { expect, it } from 'vitest'
import { type Piece, PieceQueue } from '../../../src/main/engines/piece-queue.ts'

const fractions = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => ({
    index,
    open: Array.from({ length }, (_, i) => index * length + i),
  }))

interface Engine {
  id: string
  /** Rows a second. */
  pace: number
  /** Seconds. */
  joinsAt?: number
  diesAt?: number
  hangsAt?: number
}
interface Work {
  piece: Piece
  rows: number[]
  nextAt: number
}

/** Engines that answer row by row in virtual time; returns the seconds until all is sealed, and rows answered by each. */
function simulate(engines: readonly Engine[], count: number, length: number, stallMs = 60_000) {
  let now = 0
  const queue = new PieceQueue({
    fractions: fractions(count, length),
    batchSize: 16,
    now: () => now,
    stallMs,
  })
  const answers = new Map<number, string>()
  const made: Record<string, number> = {}
  const work = new Map<string, Work>()
  const dead = new Set<string>()
  const stepMs = 10
  for (; !queue.isDone; now += stepMs) {
    if (now > 24 * 3600_000) throw new Error('it does not end')
    for (const { id, pace, joinsAt = 0, diesAt = Infinity, hangsAt = Infinity } of engines) {
      if (dead.has(id) || now < joinsAt * 1000) continue
      const at = work.get(id)
      if (now >= diesAt * 1000) {
        if (at) queue.giveBack(at.piece)
        work.delete(id)
        dead.add(id)
        continue
      }
      if (now >= hangsAt * 1000) continue
      if (at?.piece.signal.aborted || at?.rows.length === 0) {
        queue.giveBack(at.piece)
        work.delete(id)
      } else if (at && now >= at.nextAt) {
        const row = at.rows.shift()!
        if (queue.answered(at.piece, [row]) > 0) answers.set(row, id)
        made[id] = (made[id] ?? 0) + 1
        at.nextAt = now + 1000 / pace
        continue
      } else if (at) continue
      const whole = queue.takeSeal()
      if (whole !== null) queue.sealed(whole, true)
      const piece = queue.take(id)
      if (piece) work.set(id, { piece, rows: [...piece.rows], nextAt: now + 1000 / pace })
    }
  }
  expect(answers.size).toBe(count * length)
  return { seconds: now / 1000, made }
}

it('engines of different speed end together, near the time that their sum needs', () => {
  const { seconds, made } = simulate(
    [
      { id: 'fast', pace: 20 },
      { id: 'middle', pace: 8 },
      { id: 'slow', pace: 2 },
    ],
    3,
    1000,
  )
  // Ideal: 3000 rows at 30 a second. Pieces of the unknown beginning and the last batch of the slow one are the rest.
  expect(seconds).toBeLessThan(1.1 * 100)
  expect(made['fast']!).toBeGreaterThan(1800)
  expect(made['slow']!).toBeGreaterThan(100)
})

it('one fraction alone is shared out too', () => {
  const { seconds } = simulate(
    [
      { id: 'a', pace: 10 },
      { id: 'b', pace: 10 },
    ],
    1,
    1000,
  )
  expect(seconds).toBeLessThan(1.06 * 50)
})

it('a device that is too slow to help before the others are done is left out at the end', () => {
  const { seconds } = simulate(
    [
      { id: 'fast', pace: 50 },
      { id: 'snail', pace: 0.05 },
    ],
    2,
    500,
  )
  // The snail's first piece of 32 rows would take it 640 s; the fast one takes it over.
  expect(seconds).toBeLessThan(1.1 * 20)
})

it('what a dead engine had begun goes to the others; one that joins takes part', () => {
  const { seconds, made } = simulate(
    [
      { id: 'a', pace: 10 },
      { id: 'dies', pace: 10, diesAt: 20 },
      { id: 'joins', pace: 10, joinsAt: 30 },
    ],
    4,
    250,
  )
  expect(made['dies']).toBeGreaterThan(100)
  expect(made['joins']).toBeGreaterThan(200)
  // 400 rows in 20 s, 100 in the next 10, the rest by two.
  expect(seconds).toBeLessThan(1.08 * (30 + 500 / 20))
})

it('what a silent engine had begun is answered by another', () => {
  const { seconds } = simulate(
    [
      { id: 'a', pace: 10 },
      { id: 'hangs', pace: 10, hangsAt: 10 },
    ],
    2,
    200,
    20_000,
  )
  expect(seconds).toBeLessThan(45)
})

it('a fraction that could not be sealed is given out again', () => {
  const queue = new PieceQueue({ fractions: [{ index: 4, open: [] }], batchSize: 16 })
  expect(queue.takeSeal()).toBe(4)
  expect(queue.takeSeal()).toBeNull()
  queue.sealed(4, false)
  expect(queue.isDone).toBe(false)
  expect(queue.takeSeal()).toBe(4)
  queue.sealed(4, true)
  expect(queue.isDone).toBe(true)
})
