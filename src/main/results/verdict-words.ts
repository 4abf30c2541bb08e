import type { ResultsView, ScoreDifference } from '../../contract/app/results.ts'
import { baseIteration } from '../../contract/project.ts'

/** What the numbers allow to say, and no more: "clear" is an interval that does not contain 0. */
export function verdictWords({
  iteration,
  overBase,
  overSft,
  overPrevious,
}: Omit<ResultsView['verdict'], 'words'>): string {
  if (iteration === baseIteration)
    return 'The base is in use: no iteration was better on the held-out rows, or it was chosen by hand.'
  const sentences = [
    sentence(overBase, 'the base'),
    sentence(overSft, 'as much plain SFT'),
    sentence(overPrevious, 'the iteration before'),
  ].filter((found) => found !== '')
  return sentences.length === 0
    ? 'Not compared yet: held-out scores appear as they are measured.'
    : sentences.join(' ')
}

function sentence(difference: ScoreDifference | null, than: string): string {
  if (!difference) return ''
  const { mean, clear } = difference
  if (clear === null)
    return mean > 0 ? `Lower held-out NLL than ${than}.` : `No lower held-out NLL than ${than}.`
  if (!clear) return `Within error of ${than}.`
  return mean > 0 ? `Clearly better than ${than}.` : `Clearly worse than ${than}.`
}
