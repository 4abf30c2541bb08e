import * as t from '../../../src/engine/tensor/build.ts'
import { bare, exact, flags, ids, type OpCase, plain, real, trained } from './op-case.ts'

export const placeCases: readonly OpCase[] = [
  trained('GatherRows', 'with a repeated id', [real(6, 3), ids(4, 0, 4, 5)], (table, at) =>
    t.gatherRows(table, at),
  ),
  trained('ScatterAddRows', 'with a repeated id', [real(4, 3), ids(1, 5, 1, 0)], (x, at) =>
    t.scatterAddRows(x, at, 6),
  ),
  plain(
    'ArgMax',
    'the first of equals',
    [{ shape: [2, 4], dtype: 'float', data: [1, 3, 3, 0, -1, -2, -3, -1] }],
    bare({ kind: 'ArgMax' }),
  ),
  plain(
    'TopK',
    'with a tie',
    [{ shape: [2, 5], dtype: 'float', data: [3, 1, 4, 1, 5, 2, 7, 2, 2, 0] }],
    bare({ kind: 'TopK', k: 3 }),
  ),
  plain(
    'GatherElements',
    'along axis 1',
    [real(2, 4), exact('i64', [2, 2], [3, 0, 1, 1])],
    bare({ kind: 'GatherElements', axis: 1 }),
  ),
  plain(
    'GatherAxis',
    'a scalar index',
    [real(2, 4), exact('i64', [], [2])],
    bare({ kind: 'GatherAxis', axis: 1 }),
  ),
  plain(
    'GatherAxis',
    'several',
    [real(2, 4, 2), exact('i64', [3], [2, 0, 2])],
    bare({ kind: 'GatherAxis', axis: 1 }),
  ),
  plain(
    'ReplaceRows',
    'two of four, out of order',
    [real(4, 2, 3), real(2, 2, 3), exact('i64', [2], [3, 1])],
    bare({ kind: 'ReplaceRows' }),
  ),
  plain(
    'ReplaceRows',
    'rows of numbers at indices of 32 bits',
    [real(4, 3), real(2, 3), ids(2, 0)],
    bare({ kind: 'ReplaceRows' }),
  ),
  plain(
    'PutElements',
    'three of eight, out of order',
    [real(8), real(3), exact('i32', [3], [6, 0, 3])],
    bare({ kind: 'PutElements' }),
  ),
  plain(
    'RowsBetween',
    'the middle',
    [real(5, 2), exact('i64', [1], [1]), exact('i64', [1], [4])],
    bare({ kind: 'RowsBetween' }),
  ),
  plain(
    'RowsBetween',
    'more than there are',
    [real(3), exact('i64', [1], [2]), exact('i64', [1], [9])],
    bare({ kind: 'RowsBetween' }),
  ),
  plain('Positions', 'some', [flags([5], 0, 1, 1, 0, 1)], bare({ kind: 'Positions' })),
  trained(
    'MoveRows',
    'to other places, one nowhere',
    [real(4, 3), ids(2, 4, 0, 1, 4), ids(2, 3, 0, 5)],
    t.moveRows,
  ),
  trained(
    'MoveRows',
    'one to two places, two to one',
    [real(3, 2), exact('i32', [3, 2], [0, 3, 1, 2, 0, 3]), exact('i32', [3, 2], [0, 2, 1, 3, 1, 3])],
    t.moveRows,
  ),
]
