import { bare, exact, type OpCase, plain, real, trained } from './op-case.ts'

export const attentionCases: readonly OpCase[] = [...sequenceAttentions(), ...stepAttentions()]

/** Three sequences of two query slots and four key slots, the last of which is unused in one of them. */
function sequenceAttentions(): OpCase[] {
  const [sequences, querySlots, keySlots, heads, kvHeads, headDim] = [3, 2, 4, 4, 2, 3] as const
  const queryAt = exact('i32', [sequences, querySlots], [2, 3, 0, 1, 4, 5])
  const keyAt = exact('i32', [sequences, keySlots], [0, 1, 2, 3, 0, 1, 2, 9999, 3, 4, 5, 2])
  const [q, k, v] = [
    real(sequences * querySlots, heads * headDim),
    real(sequences * keySlots, kvHeads * headDim),
    real(sequences * keySlots, kvHeads * headDim),
  ] as const
  const forms = [
    ['plain', { window: null, softcap: 0 }],
    ['through a window', { window: 2, softcap: 0 }],
    ['capped scores', { window: null, softcap: 1.5 }],
  ] as const
  return forms.flatMap(([name, form]) => {
    const op = { heads, kvHeads, scale: 0.375, ...form }
    return [
      trained('SequenceAttention', name, [q, k, v, queryAt, keyAt], (...x) =>
        x[0]!.graph.apply({ kind: 'SequenceAttention', ...op }, x),
      ),
      plain(
        'SequenceAttentionGrad',
        name,
        [{ ...q, data: q.data.toReversed() }, q, k, v, queryAt, keyAt],
        (g, ...x) => {
          const o = g!.graph.apply({ kind: 'SequenceAttention', ...op }, x)
          return g!.graph.applyAll({ kind: 'SequenceAttentionGrad', ...op }, [g!, o, ...x])
        },
      ),
    ]
  })
}

/** Three rows: a cache of 5 that is full, one of which 2 are seen through a window, and an empty one. */
function stepAttentions(): OpCase[] {
  const [rows, heads, kvHeads, capacity] = [3, 4, 2, 5] as const
  const seen = [
    [1, 1, 1, 1, 1, 1],
    [1, 0, 1, 1, 0, 0],
    [1, 0, 0, 0, 0, 0],
  ]
  const at = [5, 3, 0]
  return [
    { name: 'plain', scale: 0.3, softcap: 0, headDim: 16, turned: 16 },
    { name: 'capped scores', scale: 0.3, softcap: 2, headDim: 16, turned: 16 },
    { name: 'half of each head turned', scale: 1, softcap: 0, headDim: 16, turned: 8 },
    { name: 'wide heads', scale: 0.1, softcap: 0, headDim: 64, turned: 64 },
    { name: 'wide heads, capped scores, half turned', scale: 0.1, softcap: 2, headDim: 64, turned: 32 },
  ].map(({ name, scale, softcap, headDim, turned }) => {
    const half = turned / 2
    const angle = (i: number) => Math.floor(i / half) * 0.7 ** (i % half)
    const table = (of: (x: number) => number) =>
      exact(
        'f32',
        [capacity + 1, half],
        Array.from({ length: (capacity + 1) * half }, (_, i) => Math.fround(of(angle(i)))),
      )
    return plain(
      'StepAttention',
      name,
      [
        real(rows, heads * headDim),
        real(rows, kvHeads * headDim),
        real(rows, kvHeads * headDim),
        real(rows, kvHeads, capacity, headDim),
        real(rows, kvHeads, capacity, headDim),
        exact(
          'f32',
          [rows, 1, 1, capacity + 1],
          seen.flat().map((is) => (is ? 0 : Math.fround(-1e30))),
        ),
        exact('i64', [rows, 1], at),
        exact(
          'i64',
          [rows, heads / kvHeads],
          at.flatMap((position) => [position, position]),
        ),
        table(Math.cos),
        table(Math.sin),
      ],
      bare({ kind: 'StepAttention', heads, kvHeads, scale, softcap }),
      ['f32'],
    )
  })
}
