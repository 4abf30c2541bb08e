import { expect, it } from 'vitest'
import type { RankExchange, RankReply } from '../../../src/contract/engine.ts'
import { RankRounds } from '../../../src/main/engines/rank-rounds.ts'

const brought = (values: number[] | null, more: Partial<RankExchange> = {}): RankExchange => ({
  kind: 'exchange',
  round: 'step 1',
  deal: 0,
  note: values?.[0] ?? null,
  part: 0,
  parts: 1,
  values: values && Float32Array.from(values),
  ...more,
})

function open(count: number) {
  const replies: Omit<RankReply, 'session'>[] = []
  const rounds = new RankRounds([...Array(count).keys()], (reply) => replies.push(reply))
  return { rounds, replies }
}

it('a round is whole when all have come; sums are added in the order of the ranks, whoever was first', () => {
  const { rounds, replies } = open(3)
  // In float32 (1e8 + 1) − 1e8 is 0, and in the order of arrival, (−1e8 + 1e8) + 1, it is 1.
  rounds.bring(2, brought([-1e8, 1]))
  rounds.bring(0, brought([1e8, 1]))
  expect(replies).toEqual([])
  rounds.bring(1, brought([1, 1]))
  expect(replies.map(({ rank }) => rank)).toEqual([0, 1, 2])
  for (const reply of replies) {
    expect([...reply.values!]).toEqual([0, 3])
    expect(reply).toMatchObject({ outcome: 'whole', notes: [1e8, 1, -1e8], ranks: [0, 1, 2], deal: 0 })
  }
})

it('vectors in parts are summed part by part; the notes come with the last', () => {
  const { rounds, replies } = open(2)
  for (const rank of [0, 1])
    for (const part of [0, 1]) rounds.bring(rank, brought([part + 1], { part, parts: 2, note: `of ${rank}` }))
  expect(replies.map(({ rank, part, values, notes }) => [rank, part, [...values!], notes])).toEqual([
    [0, 0, [2], []],
    [1, 0, [2], []],
    [0, 1, [4], ['of 0', 'of 1']],
    [1, 1, [4], ['of 0', 'of 1']],
  ])
})

it('a lost rank voids the round once for each of the others, also for those still sending', () => {
  const { rounds, replies } = open(4)
  rounds.bring(1, brought([1], { part: 0, parts: 2 }))
  rounds.bring(2, brought([1]))
  rounds.lost(0)
  rounds.lost(0)
  expect(rounds.leader).toBe(1)
  rounds.bring(1, brought([1], { part: 1, parts: 2 }))
  rounds.bring(3, brought([1])) // sent before it could know
  expect(replies.map(({ rank, outcome, deal, ranks }) => [rank, outcome, deal, ranks])).toEqual(
    [2, 1, 3].map((rank) => [rank, 'dealtAnew', 1, [1, 2, 3]]),
  )
  replies.length = 0
  rounds.bring(0, brought([9], { deal: 1 })) // from the dead: not counted
  for (const rank of [3, 1, 2]) rounds.bring(rank, brought([rank], { deal: 1 }))
  expect(replies.map(({ values }) => [...values!])).toEqual([[6], [6], [6]])
})

it('ranks that meet in different rounds are an error; the last one’s loss leaves no leader', () => {
  const { rounds } = open(2)
  rounds.bring(0, brought(null))
  expect(() => rounds.bring(1, brought(null, { round: 'held out' }))).toThrow(/every engine at "step 1"/)
  rounds.lost(1)
  rounds.lost(0)
  expect(rounds.leader).toBeNull()
})
