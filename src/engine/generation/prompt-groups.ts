import type { Prompt } from './decoder.ts'

export interface PromptGroup {
  /** Index of its first prompt. */
  start: number
  size: number // R
  /** Tokens that each prompt is padded to, T. At least 2: with one row, a product takes a kernel with another order of summation. */
  width: number
}

/** The prompts from `start` on that are read together: at most `most` and, beyond one, `tokens` tokens with their padding. */
export function promptGroup(
  prompts: readonly Pick<Prompt, 'ids'>[],
  start: number,
  most: number,
  tokens: number,
): PromptGroup {
  const group = { start, size: 0, width: 2 }
  for (const { ids } of prompts.slice(start, start + most)) {
    const width = Math.max(group.width, ids.length)
    if (group.size > 0 && (group.size + 1) * width > tokens) break
    group.size++
    group.width = width
  }
  return group
}

/** The group's prompts one after the other, each right-padded to its width: i32 [R·T]. */
export function groupIds(
  prompts: readonly Pick<Prompt, 'ids'>[],
  { start, size, width }: PromptGroup,
): Int32Array {
  const ids = new Int32Array(size * width)
  for (let row = 0; row < size; row++) ids.set(prompts[start + row]!.ids, row * width)
  return ids
}

/** Tokens that a prompt's answer may have: its own cap where that is lower than the settings'. */
export const answerCap = (prompt: Prompt, maxNewTokens: number): number =>
  Math.min(prompt.maxNewTokens ?? maxNewTokens, maxNewTokens)
