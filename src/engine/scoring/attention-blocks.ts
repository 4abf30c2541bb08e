import type { AttentionBlock } from '../model/token-batch.ts'

/** One prompt's share of a batch: its rows, and those of each of its answers. */
export interface BranchSizes {
  prompt: number
  answers: readonly number[]
}

export interface PlannedBlock extends AttentionBlock {
  /** Indices into the groups; slot n of the block's prompts is members[n]. */
  members: number[]
}

/**
 * What a block costs beside its scores, in scores (query slots × key slots): nodes to run, and a program to compile,
 * since every new combination of blocks is a program of its own. At 65,536 a batch of short sequences is one block, so
 * its shapes recur; long sequences get a block for nearly every prompt and waste nothing.
 */
const defaultBlockCost = 65_536

/** Slots are rounded up to so many, so that shapes recur. */
const slotMultiple = 16

/**
 * Groups of like size share a block: the cheapest cut of the groups, in order of size, into consecutive blocks. Every
 * block pads its prompts and answers to its largest, which attention pays for in proportion to the product of the two
 * (the matrices do not: they run on rows).
 */
export function attentionBlocks(
  groups: readonly BranchSizes[],
  blockCost: number = defaultBlockCost,
): PlannedBlock[] {
  const longest = ({ answers }: BranchSizes) => Math.max(0, ...answers)
  const order = groups
    .map((_, i) => i)
    .sort((i, j) => {
      const [a, b] = [groups[i]!, groups[j]!]
      return b.answers.length - a.answers.length || longest(b) - longest(a) || b.prompt - a.prompt || i - j
    })
  const best: { cost: number; block: PlannedBlock | null }[] = [{ cost: 0, block: null }]
  for (let end = 1; end <= order.length; end++) {
    const block = { prompts: 0, promptSlots: 0, answers: 0, answerSlots: slotMultiple }
    let cheapest = { cost: Infinity, block: null as PlannedBlock | null }
    for (let start = end - 1; start >= 0; start--) {
      const group = groups[order[start]!]!
      block.prompts++
      block.promptSlots = Math.max(block.promptSlots, roundUp(group.prompt))
      block.answers = Math.max(block.answers, group.answers.length)
      block.answerSlots = Math.max(block.answerSlots, roundUp(longest(group)))
      const cost = best[start]!.cost + scores(block) + blockCost
      if (cost < cheapest.cost) cheapest = { cost, block: { ...block, members: order.slice(start, end) } }
    }
    best.push(cheapest)
  }
  const blocks: PlannedBlock[] = []
  for (let end = order.length; end > 0; end -= blocks[0]!.prompts) blocks.unshift(best[end]!.block!)
  return blocks
}

/** Scores of a block: each prompt with itself, each answer with its prompt and itself. */
const scores = ({ prompts, promptSlots, answers, answerSlots }: AttentionBlock): number =>
  prompts * (promptSlots ** 2 + answers * answerSlots * (promptSlots + answerSlots))

const roundUp = (n: number): number => Math.ceil(n / slotMultiple) * slotMultiple
