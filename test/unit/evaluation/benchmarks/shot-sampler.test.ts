import { describe, expect, test } from 'vitest'
import type { BenchmarkProfile } from '../../../../src/contract/benchmarks.ts'
import { ShotSampler } from '../../../../src/engine/evaluation/benchmarks/shot-sampler.ts'

const rows = (count: number, value: (i: number) => number) =>
  Array.from({ length: count }, (_, i) => ({ i: value(i) }))

function shots(
  pool: { i: number }[],
  { excludesQuestion, draw = 'random' }: { excludesQuestion: boolean; draw?: 'random' | 'first' },
  questions: number[],
  profile: BenchmarkProfile = 'harness-current',
): number[][] {
  const sampler = new ShotSampler(pool, { draw, excludesQuestion, split: ['train'] }, profile)
  return questions.map((i) => sampler.draw({ i }, 5).map((row) => (row as { i: number }).i))
}

/** Expected numbers: lm_eval 0.4.13, ContextSampler(pool, rnd=1234).sample(5, eval_doc). */
describe('ShotSampler', () => {
  const pool = rows(30, (i) => i)

  test('one stream for all questions', () => {
    expect(shots(pool, { excludesQuestion: false }, [28, 27, 3])).toEqual([
      [24, 14, 3, 0, 2],
      [29, 25, 18, 1, 21],
      [22, 2, 3, 24, 11],
    ])
  })

  test('one more is drawn where the question is left out', () => {
    expect(shots(pool, { excludesQuestion: true }, [28, 27, 3])).toEqual([
      [24, 14, 3, 0, 2],
      [1, 21, 22, 2, 3],
      [11, 7, 0, 27, 25],
    ])
  })

  test('copies of the question: 0.4.13 draws anew, 0.4.0 goes with fewer', () => {
    const copies = rows(30, (i) => i % 3)
    expect(shots(copies, { excludesQuestion: true }, [0, 1, 2])).toEqual([
      [2, 1, 2, 2, 2],
      [2, 2, 0, 0, 0],
      [1, 0, 0, 1, 0],
    ])
    const [fewer] = shots(copies, { excludesQuestion: true }, [0], 'harness-0.4.0')
    expect(fewer!.length).toBeLessThan(5)
    expect(fewer).not.toContain(0)
  })

  test('the first rows, and without the question', () => {
    expect(shots(pool, { draw: 'first', excludesQuestion: false }, [2])).toEqual([[0, 1, 2, 3, 4]])
    expect(shots(pool, { draw: 'first', excludesQuestion: true }, [2])).toEqual([[0, 1, 3, 4, 5]])
  })

  test('a pool that is too small says so', () => {
    expect(() =>
      shots(
        rows(5, (i) => i),
        { excludesQuestion: true },
        [0],
      ),
    ).toThrow(/at least 6 rows .*"train".* found 5/)
  })
})
