import type { ResultsView, ScoreDifference } from '../../contract/app/results.ts'
import { baseIteration } from '../../contract/project.ts'
import { resultWords } from '../../strings/results.ts'

const words = resultWords.verdict

/** What the numbers allow to say, and no more: "clear" is an interval that does not contain 0. */
export function verdictWords({
  iteration,
  overBase,
  overSft,
  overPrevious,
}: Omit<ResultsView['verdict'], 'words'>): string {
  if (iteration === baseIteration) return words.base
  const sentences = [
    sentence(overBase, words.than.base),
    sentence(overSft, words.than.sft),
    sentence(overPrevious, words.than.previous),
  ].filter((found) => found !== '')
  return sentences.length === 0 ? words.none : sentences.join(' ')
}

function sentence(difference: ScoreDifference | null, than: string): string {
  if (!difference) return ''
  const { mean, clear } = difference
  if (clear === null) return mean > 0 ? words.lower(than) : words.notLower(than)
  if (!clear) return words.within(than)
  return mean > 0 ? words.better(than) : words.worse(than)
}
