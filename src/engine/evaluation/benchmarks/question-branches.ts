import type { Branches } from '../../scoring/branch-layout.ts'
import type { EncodedChoice } from './request-encoder.ts'

/** Where a choice is read from a question's branches: the last rows of an answer, and the tokens that they predict. */
export interface ScoredChoice {
  answer: number
  targets: readonly number[]
}

/** A question's choices with what they share read once; choices that only differ in what is predicted share all of it. */
export interface QuestionBranches extends Branches {
  choices: ScoredChoice[]
  /** Rows of the batch, and those of them that predict a choice's token. */
  rows: number
  scoredRows: number
}

/** Whether the choices' inputs all continue these tokens, and none predicts anything within them. */
export function continuesPrefix(choices: readonly EncodedChoice[], prefix: readonly number[]): boolean {
  return choices.every(
    ({ ids, scored }) =>
      ids.length - 1 - scored >= prefix.length && prefix.every((token, i) => token === ids[i]),
  )
}

/** `skipped`: tokens of a prefix that has been read before. */
export function questionBranches(choices: readonly EncodedChoice[], skipped: number): QuestionBranches {
  const inputs = choices.map(({ ids }) => ids.slice(skipped, -1))
  // A choice's first scored row is its own: it is where answers may differ in what they predict.
  const firstScored = choices.map(({ ids, scored }) => ids.length - 1 - scored - skipped)
  const shared = commonLength(inputs, Math.min(...firstScored))
  const answers: (readonly number[])[] = []
  const known = new Map<string, number>()
  const scoredChoices = choices.map(({ ids, scored }, i): ScoredChoice => {
    const own = inputs[i]!.slice(shared)
    const key = own.join()
    let answer = known.get(key)
    if (answer === undefined) known.set(key, (answer = answers.push(own) - 1))
    return { answer, targets: ids.slice(-scored) }
  })
  const isOne = answers.length === 1
  const branches: Branches = isOne
    ? { prompt: [], answers: [inputs[0]!] }
    : { prompt: inputs[0]!.slice(0, shared), answers }
  return {
    ...branches,
    choices: scoredChoices,
    rows: branches.prompt.length + sum(branches.answers.map((answer) => answer.length)),
    scoredRows: sum(choices.map(({ scored }) => scored)),
  }
}

/** How many tokens all sequences begin with in common, at most `most`. */
export function commonLength(sequences: readonly (readonly number[])[], most: number): number {
  const [first, ...rest] = sequences
  let length = Math.min(most, ...sequences.map((ids) => ids.length))
  for (const ids of rest) {
    let same = 0
    while (same < length && ids[same] === first![same]) same++
    length = same
  }
  return length
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0)
