import type { ShapedData } from '../onnx/compiled-program.ts'
import type { TensorData } from '../tensor/dtype.ts'
import { uniform } from '../tensor/random.ts'
import type { Prompt } from './decoder.ts'

export interface PromptGroup {
  /** Index of its first prompt. */
  start: number
  size: number // R
  /** Tokens that each prompt is padded to, T. At least 2: with one row, a product takes a kernel with another order of summation. */
  width: number
}

/**
 * What a step costs, in products of one row: reading every weight once costs about as much as 32 rows (measured at 135 M
 * weights on one core: 103 ms for 16 rows, 2.2 ms for each row of a prompt).
 */
export const stepCost = (rows: number): number => rows + 32

/** Cuts prompts, sorted by length, into groups that are read together: at most `most` prompts and, beyond one, `tokens` tokens. */
export function promptGroups(prompts: readonly Prompt[], most: number, tokens: number): PromptGroup[] {
  const groups: PromptGroup[] = []
  for (const [start, { ids }] of prompts.entries()) {
    const width = Math.max(2, ids.length)
    const last = groups.at(-1)
    if (last && last.size < most && (last.size + 1) * Math.max(width, last.width) <= tokens) {
      last.size++
      last.width = Math.max(width, last.width)
    } else groups.push({ start, size: 1, width })
  }
  return groups
}

/** The queue's inputs of a decode program (see PromptQueue). */
export function queueFeeds(
  prompts: readonly Prompt[],
  groups: readonly PromptGroup[],
  maxNewTokens: number,
): Record<string, ShapedData> {
  const itemStarts = [...groups.map(({ start }) => start), prompts.length, prompts.length]
  const idStarts = [0]
  for (const { size, width } of groups) idStarts.push(idStarts.at(-1)! + size * width)
  const ids = new Int32Array(idStarts.at(-1)!)
  groups.forEach(({ start, size, width }, g) => {
    for (let row = 0; row < size; row++) ids.set(prompts[start + row]!.ids, idStarts[g]! + row * width)
  })
  idStarts.push(ids.length)
  return {
    ids: flat(ids),
    lastIds: flat(Int32Array.from(prompts, (prompt) => prompt.ids.at(-1)!)),
    lengths: flat(Int32Array.from(prompts, (prompt) => prompt.ids.length)),
    caps: flat(Int32Array.from(prompts, (prompt) => answerCap(prompt, maxNewTokens))),
    items: flat(Int32Array.from(prompts, (_, item) => item)),
    idStarts: flat(BigInt64Array.from(idStarts, BigInt)),
    itemStarts: flat(BigInt64Array.from(itemStarts, BigInt)),
    widths: flat(Int32Array.from([...groups.map(({ width }) => width), 0])),
    costs: flat(Int32Array.from([...groups.map(groupCost), 0])),
    count: flat(Int32Array.of(groups.length)),
  }
}

/** Tokens that a prompt's answer may have: its own cap where that is lower than the settings'. */
export const answerCap = (prompt: Prompt, maxNewTokens: number): number =>
  Math.min(prompt.maxNewTokens ?? maxNewTokens, maxNewTokens)

export const groupCost = ({ size, width }: PromptGroup): number => stepCost(size * width)

/** One uniform per (prompt, step): f32 [J·N]. */
export function uniformsOf(prompts: readonly Prompt[], maxNewTokens: number): ShapedData {
  const uniforms = new Float32Array(prompts.length * maxNewTokens)
  prompts.forEach(({ seed }, item) => {
    for (let step = 0; step < maxNewTokens; step++)
      uniforms[item * maxNewTokens + step] = uniform(seed, 'token', step)
  })
  return flat(uniforms)
}

export const flat = (data: TensorData): ShapedData => ({ data, shape: [data.length] })
