/** Added to a score, it leaves nothing of its weight. */
const hidden = -1e30

/**
 * The mask of StepAttention for slots that have `lengths` tokens in the cache: f32 [B, 1, 1, C+1]. A token sees itself and,
 * of those before it, the last `window` − 1 (null: all). A free slot (null) sees all: nobody reads what it computes, and
 * weights of next to nothing take the kernels longer.
 */
export function stepMask(
  lengths: readonly (number | null)[],
  capacity: number,
  window: number | null,
): Float32Array {
  const columns = capacity + 1
  const mask = new Float32Array(lengths.length * columns)
  for (const [slot, length] of lengths.entries()) {
    if (length === null) continue
    mask.fill(hidden, slot * columns, (slot + 1) * columns)
    const begin = slot * columns
    const first = window === null ? 0 : Math.max(0, length - window + 1)
    mask[begin] = 0
    mask.fill(0, begin + 1 + first, begin + 1 + length)
  }
  return mask
}
