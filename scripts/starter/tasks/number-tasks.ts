import type { Task } from './task.ts'

export const sorted: Task = {
  kind: 'sorted',
  draw(random) {
    const count = random.integer(3, 6)
    const lowest = random.integer(1, 70)
    const highest = random.integer(lowest + 3 * count, 99)
    const all = Array.from({ length: highest - lowest + 1 }, (_, i) => lowest + i)
    const answer = random.sample(all, count).toSorted((a, b) => a - b)
    return {
      check: `sorted:${count}:${lowest}:${highest}`,
      phrasings: [
        `Write ${count} ascending numbers from ${lowest} to ${highest}.`,
        `Give ${count} numbers from ${lowest} to ${highest} in rising order.`,
        `Count up from ${lowest} to ${highest} in ${count} numbers.`,
        `List ${count} numbers between ${lowest} and ${highest}, smallest first.`,
      ],
      answer: answer.join(' '),
    }
  },
}

export const sum: Task = {
  kind: 'sum',
  draw(random) {
    const form = random.integer(0, 2)
    if (form === 0) {
      const result = random.integer(1, 80)
      const second = random.integer(1, 99 - result)
      return {
        check: `sum:minus:2:${result}`,
        phrasings: [
          `Write ${result} as a difference.`,
          `Subtract two numbers to get ${result}.`,
          `Which subtraction gives ${result}?`,
          `Make ${result} with one minus sign.`,
        ],
        answer: `${result + second}-${second}`,
      }
    }
    const terms = form === 1 ? 2 : 3
    const result = random.integer(terms + 2, 99)
    const cuts = random.sample(
      Array.from({ length: result - 1 }, (_, i) => i + 1),
      terms - 1,
    )
    const edges = [0, ...cuts.toSorted((a, b) => a - b), result]
    const number = terms === 2 ? 'two' : 'three'
    return {
      check: `sum:plus:${terms}:${result}`,
      phrasings: [
        `Write ${result} as a sum of ${number} numbers.`,
        `Add ${number} numbers to get ${result}.`,
        `Which ${number} numbers add up to ${result}?`,
        `Make ${result} with ${number} numbers and plus.`,
      ],
      answer: edges
        .slice(1)
        .map((edge, i) => edge - edges[i]!)
        .join('+'),
    }
  },
}
