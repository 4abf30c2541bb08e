import { hash32 } from '../../src/engine/tensor/random.ts'
import { randomStream } from './random-stream.ts'
import type { RandomStream } from './random-stream.ts'
import { tasks } from './tasks/task-table.ts'

/** One row of the starter dataset, as it stands in the JSONL file. */
export interface StarterRow {
  messages: [{ role: 'user'; content: string }, { role: 'assistant'; content: string }]
  check: string
}

/** One check in so many is held out: it never occurs in any training row, whatever the seed. */
const heldOutEvery = 8

export function isHeldOut(check: string): boolean {
  return hash32('starter held-out', check) % heldOutEvery === 0
}

/**
 * `count` training rows, for example to train the base model on more than the dataset. Prompts may repeat with
 * other answers. Held-out checks never occur; `exclude` holds further prompts that must not.
 */
export function starterRows(
  seed: number,
  count: number,
  exclude: ReadonlySet<string> = new Set(),
): StarterRow[] {
  const random = randomStream('starter rows', seed)
  const rows: StarterRow[] = []
  while (rows.length < count) {
    const row = drawRow(random, random.integer(0, tasks.length - 1))
    if (!isHeldOut(row.check) && !exclude.has(promptOf(row))) rows.push(row)
  }
  return rows
}

/**
 * The dataset: no prompt occurs twice in either split, and the splits share no check. Kinds take turns; a kind
 * whose prompts are used up (`patience` draws without a new one) leaves its turns to the others.
 */
export function starterDataset(
  seed: number,
  counts: { train: number; test: number },
): Record<'train' | 'test', StarterRow[]> {
  return { train: distinctRows(seed, 'train', counts.train), test: distinctRows(seed, 'test', counts.test) }
}

export function promptOf(row: StarterRow): string {
  return row.messages[0].content
}

const patience = 200

function distinctRows(seed: number, split: 'train' | 'test', count: number): StarterRow[] {
  const random = randomStream('starter dataset', split, seed)
  const seen = new Set<string>()
  const rows: StarterRow[] = []
  for (let turn = 0; rows.length < count; turn++) {
    for (let draw = 0; draw < patience; draw++) {
      const row = drawRow(random, turn % tasks.length)
      if (isHeldOut(row.check) !== (split === 'test') || seen.has(promptOf(row))) continue
      seen.add(promptOf(row))
      rows.push(row)
      break
    }
  }
  return random.shuffle(rows)
}

function drawRow(random: RandomStream, task: number): StarterRow {
  const { check, phrasings, answer } = tasks[task]!.draw(random)
  return {
    messages: [
      { role: 'user', content: random.pick(phrasings) },
      { role: 'assistant', content: answer },
    ],
    check,
  }
}
