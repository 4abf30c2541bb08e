import type { PairRow } from '../../contract/chat.ts'
import { AppError } from '../../contract/errors.ts'
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
 * `negatives: 'checked-wrong'` an answer that its checker calls right is no negative either. For DPO `real` is the chosen
 * and `generated` the rejected answer, and the same holds: one equal to the chosen answer teaches nothing.
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
      objective !== 'sft' &&
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

/**
 * Throws DATASET_UNMAPPED for pairs of which none has a rejected answer: a dataset that was reformatted for generation
 * has empty ones, and DPO would train against silence.
 */
export function assertRejectedAnswers(pairs: readonly PairRow[]): void {
  if (pairs.some(({ generated }) => generated.trim() !== '')) return
  throw new AppError(
    'DATASET_UNMAPPED',
    `Expected rejected answers for DPO; all ${pairs.length} of these pairs are empty on that side. Reformat the preference ` +
      'set with --keep_rejected=true (its columns: chosen, rejected), or generate and gather answers first.',
    { pairs: pairs.length },
  )
}
