import * as t from '../../../src/engine/tensor/build.ts'
import { uniform } from '../../../src/engine/tensor/random.ts'
import { bare, exact, ids, onOff, type OpCase, plain, positive, real, trained } from './op-case.ts'
import { normals } from './normals.ts'

export const layerCases: readonly OpCase[] = [
  trained('RmsNorm', 'rows', [real(3, 8), real(8)], (x, weight) => t.rmsNorm(x, weight, 1e-5)),
  trained(
    'RmsNorm',
    'of tiny numbers, where eps counts',
    [{ ...real(3, 4), data: normals(12, 99).map((x) => x * 0.01) }, real(4)],
    (x, weight) => t.rmsNorm(x, weight, 1e-3),
  ),
  trained('Softmax', 'last axis', [real(2, 3, 4)], t.softmax),
  plain(
    'Softmax',
    'with masked scores and scores far apart',
    [
      {
        shape: [3, 4],
        dtype: 'float',
        data: [2, 1, -1e30, -1e30, 500, 460, 100, -1e30, -700, -1e30, -1e30, -1e30],
      },
    ],
    t.softmax,
  ),
  trained('TokenLogProb', 'rows', [real(4, 6), ids(0, 5, 2, 2)], t.tokenLogProb),
  plain(
    'TokenLogProb',
    'of logits far apart',
    [{ shape: [2, 3], dtype: 'float', data: [300, -300, 0, 88, 89, 90] }, ids(0, 1)],
    t.tokenLogProb,
  ),
  plain('TokenEntropy', 'rows', [real(4, 6)], t.tokenEntropy),
  plain(
    'TokenEntropy',
    'of one certain token, of even odds',
    [{ shape: [2, 3], dtype: 'float', data: [300, -300, 0, 5, 5, 5] }],
    t.tokenEntropy,
  ),
  plain('TokenLogProbGrad', 'rows', [real(4, 6), ids(0, 5, 2, 2), real(4, 1)], t.tokenLogProbGrad),
  ...onOff.map((inverse) =>
    trained(
      'Rope',
      inverse ? 'inverse' : 'two heads',
      [real(2, 3, 8), real(3, 2), real(3, 2)],
      (x, cos, sin) => t.rope(x, cos, sin, inverse),
      [0],
    ),
  ),
  ...dequantizations(),
]

function dequantizations(): OpCase[] {
  const [out, input] = [2, 67]
  const codes = (count: number, least: number) =>
    Array.from({ length: count }, (_, i) => least + Math.floor(256 * uniform(i, 'codes', count)))
  return ([8, 4] as const).map((bits) => {
    const width = bits === 8 ? input : 34
    return plain(
      'Dequantize',
      `${bits} bits, a row of more than a block`,
      [
        exact(bits === 8 ? 'i8' : 'u8', [out, width], codes(out * width, bits === 8 ? -128 : 0)),
        positive(out, 2),
      ],
      bare({ kind: 'Dequantize', bits, input }),
    )
  })
}
