import type { Task } from './task.ts'

export const sorted: Task = {
  kind: 'sorted',
  draw(random) {
    const count = random.integer(3, 5)
    const lowest = random.integer(1, 70)
    const highest = random.integer(lowest + 4 * count, 99)
    const all = Array.from({ length: highest - lowest + 1 }, (_, i) => lowest + i)
    const answer = random.sample(all, count).toSorted((a, b) => a - b)
    return {
      check: `sorted:${count}:${lowest}:${highest}`,
      phrasings: [
        `Write ${count} rising numbers from ${lowest} to ${highest}.`,
        `Give ${count} rising numbers, ${lowest} to ${highest}.`,
        `Count up by ${count} numbers from ${lowest} to ${highest}.`,
      ],
      answer: answer.join(' '),
    }
  },
}
