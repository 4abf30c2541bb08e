import type { PairRow } from '../../contract/chat.ts'
import type { TrainingSettings } from '../../contract/settings.ts'
import type { Renderer } from '../text/renderer.ts'
import { truncatePair } from './truncate-pair.ts'

/** One row as token ids. `generatedIds` null: an NLL-only row, whose SPIN gradient would be zero or is not wanted. */
export interface TrainingRow {
  promptIds: readonly number[]
  realIds: readonly number[]
  generatedIds: readonly number[] | null
}

/** Whether a program can tell that the opponent's answer is right; null where the row has no checker. */
export type AnswerVerdict = (pair: PairRow) => boolean | null

/**
 * Renders and truncates pairs (the official trainer's rule, see truncate-pair.ts).
 * A generated answer equal to the real one has a SPIN gradient of exactly zero: its forward pass is skipped. With
 * `negatives: 'checked-wrong'` an answer that its checker calls right is no negative either.
 */
export function trainingRows(
  pairs: readonly PairRow[],
  renderer: Renderer,
  settings: TrainingSettings,
  verdict: AnswerVerdict,
): TrainingRow[] {
  const { objective, maxLength, maxPromptLength, negatives } = settings
  return pairs.map((pair) => {
    const prompt = renderer.prompt(pair.prompt)
    const real = renderer.response(pair.prompt, pair.real, 'stop')
    const isNegative =
      objective === 'spin' &&
      pair.generated.trim() !== pair.real.trim() &&
      !(negatives === 'checked-wrong' && verdict(pair) === true)
    const generated = isNegative ? renderer.response(pair.prompt, pair.generated, pair.finishReason) : null
    const cut = truncatePair(
      { promptIds: prompt, realIds: real, generatedIds: generated ?? [] },
      { maxLength, maxPromptLength },
    )
    return { promptIds: cut.promptIds, realIds: cut.realIds, generatedIds: generated && cut.generatedIds }
  })
}
