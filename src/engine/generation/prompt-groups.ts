import type { Prompt } from './decoder.ts'

export interface PromptGroup {
  /** Index of its first prompt. */
  start: number
  size: number // R
  /** Tokens that each prompt is padded to, T. At least 2: with one row, a product takes a kernel with another order of summation. */
  width: number
}

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

/** The group's prompts one after the other, each right-padded to its width: i32 [R·T]. */
export function groupIds(prompts: readonly Prompt[], { start, size, width }: PromptGroup): Int32Array {
  const ids = new Int32Array(size * width)
  for (let row = 0; row < size; row++) ids.set(prompts[start + row]!.ids, row * width)
  return ids
}

/** Tokens that a prompt's answer may have: its own cap where that is lower than the settings'. */
export const answerCap = (prompt: Prompt, maxNewTokens: number): number =>
  Math.min(prompt.maxNewTokens ?? maxNewTokens, maxNewTokens)
