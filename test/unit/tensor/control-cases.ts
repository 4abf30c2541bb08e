import * as t from '../../../src/engine/tensor/build.ts'
import { Graph, type Value } from '../../../src/engine/tensor/graph.ts'
import { bare, flags, onOff, type OpCase, plain, real, trained } from './op-case.ts'

/** Branches with results of another size each. */
const doubled = (x: Value): Graph => {
  const graph = new Graph()
  graph.output('y', t.scale(graph.capture(x), 2))
  return graph
}
const firstRow = (x: Value): Graph => {
  const graph = new Graph()
  graph.output('y', t.slice(graph.capture(x), 0, 0, 1))
  return graph
}

export const controlCases: readonly OpCase[] = [
  ...(['Less', 'LessOrEqual', 'Equal'] as const).map((kind) =>
    plain(
      kind,
      'broadcast',
      [
        { shape: [2, 3], dtype: 'float', data: [1, 2, 3, 3, 2, 1] },
        { shape: [3], dtype: 'float', data: [2, 2, 2] },
      ],
      bare({ kind }),
    ),
  ),
  ...(['And', 'Or'] as const).map((kind) =>
    plain(
      kind,
      'the four combinations',
      [flags([2, 2], 0, 1, 0, 1), flags([2, 2], 0, 0, 1, 1)],
      bare({ kind }),
    ),
  ),
  plain('Not', 'both', [flags([2], 0, 1)], bare({ kind: 'Not' })),
  plain('Where', 'broadcast', [flags([2, 1], 1, 0), real(2, 3), real(3)], bare({ kind: 'Where' })),
  ...onOff.map((holds) =>
    plain('If', holds ? 'that holds' : 'that does not', [flags([1], Number(holds)), real(2, 3)], (is, x) =>
      is.graph.applyAll({ kind: 'If', yes: doubled(x), no: firstRow(x) }, [is]),
    ),
  ),
  plain('Capture', 'through two graphs', [flags([1], 1), real(2, 3)], (is, x) => {
    const inner = new Graph()
    inner.output('y', t.neg(inner.capture(x)))
    const outer = new Graph()
    outer.output('y', outer.apply({ kind: 'If', yes: inner, no: doubled(x) }, [is]))
    return is.graph.apply({ kind: 'If', yes: outer, no: doubled(x) }, [is])
  }),
  trained(
    'Fence',
    'behind two others',
    [real(2, 3), real(4), real(1, 2)],
    (x, ...after) => t.fence(x, after),
    [0],
  ),
]
