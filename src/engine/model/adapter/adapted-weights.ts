import * as t from '../../tensor/build.ts'
import type { Value } from '../../tensor/graph.ts'
import type { LayerWeights } from '../decoder-layer.ts'

// T = rows of the flat hidden state.

/** One matrix's low-rank path: scale·B·(A·x). */
export interface LowRankPath {
  a: Value // [r, in]
  b: Value // [out, r]
  scale: number
  /** The inputs of A that dropout keeps, bool [T, in], and what they are multiplied by, []; absent: no dropout. */
  dropout?: { kept: Value; factor: Value }
}

/** The frozen weights of a layer with the low-rank path beside each matrix that has one. */
export function adaptedWeights(
  frozen: LayerWeights,
  path: (module: string) => LowRankPath | null,
): LayerWeights {
  return {
    norm: frozen.norm,
    linear: (x, module) => {
      const y = frozen.linear(x, module)
      const lowRank = path(module)
      if (!lowRank) return y
      const { scale, dropout } = lowRank
      const [a, b] = [t.cast(lowRank.a, x.dtype), t.cast(lowRank.b, x.dtype)]
      // Kept inputs are divided by the chance of being kept, so that the mean stays (torch.nn.Dropout).
      const input = dropout
        ? t.mul(x, t.mul(t.cast(dropout.kept, x.dtype), t.cast(dropout.factor, x.dtype)))
        : x
      return t.add(y, t.gemm(t.gemm(input, a, { transB: true }), b, { transB: true, alpha: scale }))
    },
  }
}
