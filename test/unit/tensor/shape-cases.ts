import * as t from '../../../src/engine/tensor/build.ts'
import { bare, exact, type OpCase, plain, real, trained } from './op-case.ts'

export const shapeCases: readonly OpCase[] = [
  trained('Reshape', '[2,6] to [3,4]', [real(2, 6)], (x) => t.reshape(x, [3, 4])),
  trained('Transpose', 'four axes', [real(2, 3, 4, 2)], (x) => t.transpose(x, [2, 0, 3, 1])),
  trained('Slice', 'the middle', [real(2, 5)], (x) => t.slice(x, 1, 1, 4)),
  trained('Slice', 'the start', [real(4, 2)], (x) => t.slice(x, 0, 0, 2)),
  trained('Slice', 'the end', [real(2, 4, 2)], (x) => t.slice(x, 1, 3, 4)),
  trained('Concat', 'three parts', [real(2, 1, 2), real(2, 3, 2), real(2, 2, 2)], (...parts) =>
    t.concat(parts, 1),
  ),
  trained('Concat', 'the same part twice', [real(2, 3), real(1, 3)], (a, b) => t.concat([a, b, a], 0)),
  trained('Split', 'three parts of rows', [real(6, 2)], (x) => {
    const [first, second, third] = t.split(x, 0, [1, 3, 2])
    return t.concat([t.mul(third!, third!), first!, t.exp(second!)], 0)
  }),
  trained(
    'Split',
    'parts that the loss does not depend on',
    [real(2, 5, 2)],
    (x) => t.split(x, 1, [1, 3, 1])[1]!,
  ),
  plain('Split', 'in order', [real(2, 5, 2)], (x) => t.split(x, 1, [2, 3])),
  trained('Cast', 'to its own type', [real(2, 3)], (x) => x.graph.apply({ kind: 'Cast', to: x.dtype }, [x])),
  plain(
    'Cast',
    'to whole numbers and back',
    [{ shape: [4], dtype: 'float', data: [-1.75, 0, 0.5, 7] }],
    (x) => [t.cast(x, 'i32'), t.cast(x, 'i64'), t.cast(t.cast(x, 'bool'), 'i32')],
  ),
  trained('Expand', 'a column', [real(3, 1)], (x) => t.expand(x, [2, 3, 4])),
  trained('Expand', 'a scalar', [real()], (x) => t.expand(x, [2, 2])),
  plain(
    'ReshapeTo',
    'a shape known at run time',
    [real(4, 3), exact('i64', [3], [2, 2, 3])],
    bare({ kind: 'ReshapeTo', shape: [-1, -1, 3] }),
  ),
  plain('Const', 'every type', [real(1)], (x) => [
    t.add(x, x.graph.scalar(0.1, x.dtype)),
    x.graph.constant(Int32Array.of(-1, 2 ** 31 - 1), 'i32', [2]),
    x.graph.constant(BigInt64Array.of(-5n, 2n ** 40n), 'i64', [2]),
    x.graph.constant(Uint8Array.of(0, 1), 'bool', [1, 2]),
  ]),
]
