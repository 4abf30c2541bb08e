import type { Graph } from './graph.ts'
import type { Dtype, TensorData } from './dtype.ts'

/**
 * The closed set of operations. A new op is a line here, a shape rule (shape-rules.ts), a gradient rule
 * (autodiff/gradient-rules.ts; or a place in its list of ops without one), a lowering (onnx/lowering-rules.ts), a kernel rule
 * (tensorflow/kernel-rules.ts) and a test.
 */
export type Op =
  // Leaves
  | { kind: 'Input'; name: string; dtype: Dtype; shape: readonly number[] }
  | { kind: 'Const'; dtype: Dtype; shape: readonly number[]; data: TensorData }
  /** A weight that the session reads from a file at an offset, never through JavaScript. */
  | {
      kind: 'External'
      name: string
      dtype: Dtype
      shape: readonly number[]
      file: string
      offset: number
      bytes: number
    }
  // Linear algebra
  /** a [M,K] · b [K,N] (after the transposes) · alpha (+ bias [N]). */
  | { kind: 'Gemm'; transA: boolean; transB: boolean; alpha: number }
  /** Batched: a […,M,K] · b […,K,N] · alpha; equal leading sizes. */
  | { kind: 'MatMul'; transA: boolean; transB: boolean; alpha: number }
  /** rows of table [V,D] at ids [N] → [N,D]. */
  | { kind: 'GatherRows' }
  /**
   * updates [N,D] added into zeros [rows,D] at ids [N]. Where an id is repeated, ONNX Runtime (1.30, CPU) loses updates
   * with two threads and more: its kernel adds without a lock. So ids repeat only where nobody looks (padding).
   */
  | { kind: 'ScatterAddRows'; rows: number }
  // Elementwise, with NumPy broadcasting where there are two inputs
  | { kind: 'Add' | 'Sub' | 'Mul' | 'Div' }
  | { kind: 'Neg' | 'Exp' | 'Log' | 'Sqrt' | 'Sigmoid' | 'Silu' | 'Relu' | 'Softplus' | 'Tanh' }
  /** x·½(1 + tanh(√(2/π)(x + 0.044715x³))): Gemma's gelu_pytorch_tanh. */
  | { kind: 'GeluTanh' }
  /** 1 where x > 0, else 0 (the derivative of Relu). */
  | { kind: 'Step' }
  // Reductions and normalisers
  | { kind: 'ReduceSum'; axes: readonly number[]; keepDims: boolean }
  /** mean(x²) over the last axis → […,1]. */
  | { kind: 'MeanSquare' }
  /** x · rsqrt(mean(x²) + eps) · weight over the last axis. */
  | { kind: 'RmsNorm'; eps: number }
  | { kind: 'Softmax' }
  /** log softmax(logits [R,V])[r, targets[r]] → [R,1]. */
  | { kind: 'TokenLogProb' }
  /** −Σ p·log p of softmax(logits [R,V]) → [R,1]. Its exponentials are those of TokenLogProbGrad, computed once. */
  | { kind: 'TokenEntropy' }
  /** inputs logits [R,V], targets [R], g [R,1] → g · (onehot − softmax) [R,V]. */
  | { kind: 'TokenLogProbGrad' }
  /** Rotates each head of x [B,S,H·hd] by the angles cos, sin [S,hd/2] (rotate-half layout); inverse: by −angle. */
  | { kind: 'Rope'; inverse: boolean }
  // Shape
  | { kind: 'Reshape'; shape: readonly number[] }
  | { kind: 'Transpose'; perm: readonly number[] }
  | { kind: 'Slice'; axis: number; start: number; end: number }
  | { kind: 'Concat'; axis: number }
  /** x cut along an axis into consecutive parts of these sizes, one output each. */
  | { kind: 'Split'; axis: number; sizes: readonly number[] }
  | { kind: 'Cast'; to: Dtype }
  | { kind: 'Expand'; shape: readonly number[] }
  // Programs of a whole model
  /** The first input as it is, but not before the others have been computed: it orders the work, and so bounds the memory. */
  | { kind: 'Fence' }
  /**
   * x [M,…] moved to N rows: row n is the sum of the rows of x that `from` i32 [N] or [N,U] names; M names none. `back` i32 [M]
   * or [M,W] says the same from the other side, where each row of x goes to (N: nowhere): the gradient is the same op with
   * the two exchanged, so no sum is scattered.
   */
  | { kind: 'MoveRows' }
  /**
   * Causal attention of S sequences with Q query and K key slots, all sizes known at run time alone: q [S·Q,H·hd], k and v
   * [S·K,Hkv·hd], positions i32 [S,Q] of queries and [S,K] of keys → o [S·Q,H·hd]. A query sees the keys at its own position
   * and at the `window` − 1 before it (null: all before it); softcap as in CachedAttention.
   */
  | SequenceAttention<'SequenceAttention'>
  /** inputs g and o [S·Q,H·hd], then SequenceAttention's → the gradients of q, k and v. */
  | SequenceAttention<'SequenceAttentionGrad'>
  /**
   * The numbers [out,in] of codes with one scale for each 64 of a row (see model/adapter/quantized-matrix.ts): scales
   * [out,⌈in/64⌉], codes i8 [out,in], or u8 [out,⌈in/2⌉] of two NF4 levels each, the first in the high half.
   */
  | { kind: 'Dequantize'; bits: 8 | 4; input: number }
  // Generation only: no gradient
  /**
   * Grouped-query attention over a right-padded KV cache of fixed capacity C, rotary embedding included.
   * inputs q [B,T,Hq·hd], k [B,T,Hkv·hd], v, pastK [B,Hkv,C,hd], pastV, seqlensMinusOne i32 [B], totalLength i32 [1],
   * cos [C,r/2], sin → o [B,T,Hq·hd], presentK, presentV. A token sees itself and `window` − 1 before it (null: all);
   * softcap c: scores become c·tanh(s/c) (0 = none). r ≤ hd: only the first r numbers of a head are rotated.
   */
  | {
      kind: 'CachedAttention'
      heads: number
      kvHeads: number
      scale: number
      window: number | null
      softcap: number
    }
  /**
   * Attention of one new token of each of B rows over a cache that is only read, rotary embedding included.
   * inputs q [B,Hq·hd], k and v [B,Hkv·hd], pastK and pastV [B,Hkv,C,hd], mask f32 [B,1,1,C+1], positions i64 [B,1] and the
   * same for each of the G = Hq/Hkv query heads of a key head [B,G], cos [≥ C,r/2], sin → o [B,Hq·hd], the rotated key and the
   * value [B,Hkv,1,hd]. The mask is added to the scores of the token itself and of the C cached ones: 0, or −1e30 where
   * nothing may be seen, whose weight is nothing. softcap and r as above.
   */
  | { kind: 'StepAttention'; heads: number; kvHeads: number; scale: number; softcap: number }
  | { kind: 'Less' | 'LessOrEqual' | 'Equal' | 'And' | 'Or' | 'Not' | 'Where' | 'Max' }
  | { kind: 'ArgMax' } // last axis → […] i64
  | { kind: 'TopK'; k: number } // last axis, sorted descending → values […,k], indices i64
  | { kind: 'CumSum'; exclusive: boolean } // last axis
  | { kind: 'ReduceMax'; keepDims: boolean } // last axis
  | { kind: 'GatherElements'; axis: number }
  | { kind: 'GatherAxis'; axis: number } // index scalar i64 or [N] along axis
  /** data [N,…] with its rows at indices i64 or i32 [R] replaced by updates [R,…]. On WebGPU i32, and rows of numbers alone. */
  | { kind: 'ReplaceRows' }
  /** x [N] with the numbers at i32 [M], all different, replaced by updates [M]. */
  | { kind: 'PutElements' }
  /** Rows start ≤ r < end of x [N,…]; start and end i64 [1] are known at run time alone. */
  | { kind: 'RowsBetween' }
  /** Where x bool [N] holds: indices i64, ascending, as many as there are at run time. */
  | { kind: 'Positions' }
  /** x in the shape that i64 [rank] says at run time; `shape` says what is known of it before (−1: nothing). */
  | { kind: 'ReshapeTo'; shape: readonly number[] }
  // Control flow: graphs within a graph
  /** A value of a graph around this one, as a value of this one. */
  | { kind: 'Capture' }
  /** The results of one of two graphs without inputs (they capture what they need): of `yes` where the input, one bool, holds. */
  | { kind: 'If'; yes: Graph; no: Graph }
  /**
   * Runs body while its first output (bool) holds, at most `trips` times. inputs: initial carried values.
   * Body inputs: the step number i64 [], the condition bool [], the carried values. Body outputs: condition, carried
   * values, then values that are stacked over the steps along a new first axis.
   */
  | { kind: 'Loop'; body: Graph; trips: number; carried: number; stacked: number }

interface SequenceAttention<K extends string> {
  kind: K
  heads: number
  kvHeads: number
  scale: number
  window: number | null
  softcap: number
}

export type OpKind = Op['kind']
/** The op of one kind; kinds that share a line of the union share its type. */
export type OpOf<K extends OpKind, O = Op> = O extends { kind: infer Kinds }
  ? K extends Kinds
    ? O
    : never
  : never
