import type { DatasetRow } from '../../contract/chat.ts'
import type { ModelFolder } from '../model/model-folder.ts'
import type { Renderer } from '../text/renderer.ts'
import type { TrainingRow } from '../training/training-rows.ts'

/*
 * Which length the rotary frequencies of a job are chosen for. It matters to models with "longrope" (Phi-3) or "dynamic"
 * scaling alone (see RopeContext); for all others nothing is measured.
 *
 * - generate: its longest prompt with the longest answer that may follow, a new one or the human one;
 * - finetune: what its opponent's answers were made for (the loop passes it on from the generate stage), or a longer training
 *   row after truncation. Human and generated answers both fit into the first, so that in a loop one set of frequencies
 *   made the answers, scored the opponent and trains. Without a loop it is the longest training row;
 * - evaluate: its held-out rows as generate would take them, and not the pairs: the base, which has none, and every
 *   iteration are measured alike.
 */

/** Tokens of the longest sequence that answering or reading these rows can come to. */
export function answeringLength(
  rows: readonly Pick<DatasetRow, 'prompt' | 'answer'>[],
  renderer: Renderer,
  maxNewTokens: number,
): number {
  let longest = 0
  for (const { prompt, answer } of rows) {
    const human = renderer.response(prompt, answer, 'stop').length
    longest = Math.max(longest, renderer.prompt(prompt).length + Math.max(human, maxNewTokens))
  }
  return longest
}

/** Tokens of the longest training sequence. */
export function trainingLength(rows: readonly TrainingRow[]): number {
  let longest = 0
  for (const { promptIds, realIds, generatedIds } of rows)
    longest = Math.max(longest, promptIds.length + Math.max(realIds.length, generatedIds?.length ?? 0))
  return longest
}

/** The model with the frequencies for a job, and its length; null where the model has the same ones for every length. */
export function inContext(
  folder: ModelFolder,
  measure: () => number,
): { folder: ModelFolder; contextLength: number | null } {
  if (!folder.config.layerKinds.some(({ rope }) => rope.byLength)) return { folder, contextLength: null }
  const contextLength = measure()
  return { folder: { ...folder, config: folder.configFor(contextLength) }, contextLength }
}
